// fixed_reply PORT: an upstream that costs next to nothing. Answers every request on 127.0.0.1:PORT with one
// chat completion, after reading all of the request. One thread, epoll, no parsing beyond Content-Length: the
// programs in front of it are what a benchmark measures.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_map>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::string_view kBody =
    R"({"id":"chatcmpl-0123456789","object":"chat.completion","created":1750000000,"model":"gpt-4o-mini",)"
    R"("choices":[{"index":0,"message":{"role":"assistant","content":"Wash your hands before and after every visit."},)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":120,"completion_tokens":11,"total_tokens":131}})";

std::string whole_reply() {
  std::string reply = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";
  reply += std::to_string(kBody.size());
  return reply.append("\r\n\r\n").append(kBody);
}

/// Bytes of the first whole request in `input`, or 0 when more has to come.
std::size_t request_bytes(std::string_view input) {
  std::size_t head = input.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  head += 4;
  std::size_t body = 0;
  for (std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
    std::size_t at = input.substr(0, head).find(name);
    if (at != std::string_view::npos) body = std::strtoul(input.data() + at + name.size(), nullptr, 10);
  }
  return input.size() < head + body ? 0 : head + body;
}

/// Answers what has come in on `connection`; false when it ended.
bool serve(int connection, std::string& input, std::string_view reply) {
  std::array<char, 256 * 1024> bytes;
  ssize_t count = ::recv(connection, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  input.append(bytes.data(), static_cast<std::size_t>(count));
  while (std::size_t used = request_bytes(input)) {
    input.erase(0, used);
    if (::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(reply.size()))
      return false;
  }
  return true;
}

int listen_on(unsigned short port) {
  int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
  return ::listen(listener, 1024) == 0 ? listener : -1;
}

void watch(int epoll, int descriptor) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

}  // namespace

int main(int count, char** arguments) {
  int port = count == 2 ? std::atoi(arguments[1]) : 0;
  int listener = port > 0 ? listen_on(static_cast<unsigned short>(port)) : -1;
  if (listener < 0) {
    std::fprintf(stderr, "fixed_reply PORT: cannot listen on 127.0.0.1:%d\n", port);
    return 2;
  }
  const std::string reply = whole_reply();
  std::unordered_map<int, std::string> inputs;
  int epoll = ::epoll_create1(0);
  watch(epoll, listener);
  std::array<epoll_event, 128> ready;
  for (;;) {
    int events = ::epoll_wait(epoll, ready.data(), ready.size(), -1);
    for (int i = 0; i < events; ++i) {
      int descriptor = ready[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == listener) {
        int connection = ::accept(listener, nullptr, nullptr);
        if (connection < 0) continue;
        int on = 1;
        ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(epoll, connection);
      } else if (!serve(descriptor, inputs[descriptor], reply)) {
        ::close(descriptor);
        inputs.erase(descriptor);
      }
    }
  }
}
