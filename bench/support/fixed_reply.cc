// fixed_reply PORT: an upstream that costs next to nothing. Answers every request on 127.0.0.1:PORT with one
// chat completion, after reading all of the request; as a stream of 64 chunks when it asks for one. One
// thread, epoll, no parsing beyond Content-Length: the programs in front of it are what a benchmark measures.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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

constexpr int kChunks = 64;
constexpr int kChunksToASend = 4;  // as a provider's writes arrive under load

std::string framed(std::string_view event) {
  std::array<char, 20> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", event.size());
  return std::string(size.data()).append(event).append("\r\n");
}

std::string event_of(std::string_view choices, std::string_view usage) {
  return std::string(
             R"(data: {"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1750000000,)"
             R"("model":"gpt-4o-mini","choices":[)")
      .append(choices)
      .append("]")
      .append(usage)
      .append("}\n\n");
}

/// The sends of a streamed answer. The head has proxies pass on what they have at once, as providers' do.
std::vector<std::string> stream_sends() {
  std::vector<std::string> sends{
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Accel-Buffering: no\r\n"
      "Transfer-Encoding: chunked\r\n\r\n"};
  const std::string chunk =
      framed(event_of(R"({"index":0,"delta":{"content":" wash"},"logprobs":null,"finish_reason":null})", ""));
  for (int i = 0; i < kChunks; ++i) {
    if (i > 0 && i % kChunksToASend == 0) sends.emplace_back();
    sends.back() += chunk;
  }
  sends.emplace_back(
      framed(event_of(R"({"index":0,"delta":{},"finish_reason":"stop"})", "")) +
      framed(event_of("", R"(,"usage":{"prompt_tokens":120,"completion_tokens":64,"total_tokens":184})")) +
      framed("data: [DONE]\n\n") + "0\r\n\r\n");
  return sends;
}

/// What is said to whom asks for a whole answer, and to whom asks for a stream.
struct Replies {
  std::vector<std::string> whole, stream;
};

bool send_all(int connection, const std::vector<std::string>& sends) {
  for (const std::string& bytes : sends) {
    if (::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
      return false;
  }
  return true;
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
bool serve(int connection, std::string& input, const Replies& replies) {
  std::array<char, 256 * 1024> bytes;
  ssize_t count = ::recv(connection, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  input.append(bytes.data(), static_cast<std::size_t>(count));
  while (std::size_t used = request_bytes(input)) {
    bool streams = std::string_view(input).substr(0, used).find("\"stream\":true") != std::string_view::npos;
    input.erase(0, used);
    if (!send_all(connection, streams ? replies.stream : replies.whole)) return false;
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
  const Replies replies{.whole = {whole_reply()}, .stream = stream_sends()};
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
      } else if (!serve(descriptor, inputs[descriptor], replies)) {
        ::close(descriptor);
        inputs.erase(descriptor);
      }
    }
  }
}
