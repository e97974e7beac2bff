// slots_upstream PORT SLOTS MILLISECONDS: a provider that works on so many requests at one time, each for so
// long, and lets the others wait in the order they came. One thread, epoll, no parsing beyond Content-Length.
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kReply =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 158\r\n\r\n"
    R"({"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi"}}],)"
    R"("usage":{"prompt_tokens":9,"completion_tokens":1}})";

/// Bytes of the first whole request in `input`, or 0 when more has to come.
std::size_t request_bytes(std::string_view input) {
  std::size_t head = input.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  std::string lower(input.substr(0, head));
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::size_t at = lower.find("content-length:");
  std::size_t body = at == std::string::npos ? 0 : std::strtoul(lower.c_str() + at + 15, nullptr, 10);
  std::size_t all = head + 4 + body;
  return input.size() < all ? 0 : all;
}

struct Peer {
  std::string input;
  std::uint64_t number = 0;  ///< descriptors are used again; this is not
};

class Provider {
 public:
  Provider(int port, std::size_t slots, std::chrono::milliseconds takes) : slots_(slots), takes_(takes) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    listens_ = ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
               ::listen(listener_, 4096) == 0;
    watch(listener_);
  }
  bool listens() const { return listens_; }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events{};
    while (true) {
      int ready = ::epoll_wait(epoll_, events.data(), events.size(), wait_ms());
      for (int i = 0; i < ready; ++i) take(events[static_cast<std::size_t>(i)].data.fd);
      finish();
    }
  }

 private:
  struct Work {
    int descriptor;
    std::uint64_t number;
    Clock::time_point ends;
  };

  void watch(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  }
  int wait_ms() const {
    if (working_.empty()) return -1;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(working_.front().ends - Clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  }

  void take(int descriptor) {
    if (descriptor == listener_) {
      int peer = ::accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      int on = 1;
      ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      peers_[peer] = {{}, ++numbers_};
      return watch(peer);
    }
    Peer& peer = peers_[descriptor];
    std::array<char, 64 * 1024> bytes;
    ssize_t count = ::recv(descriptor, bytes.data(), bytes.size(), 0);
    if (count <= 0) {
      ::close(descriptor);
      peers_.erase(descriptor);
      return;
    }
    peer.input.append(bytes.data(), static_cast<std::size_t>(count));
    while (std::size_t used = request_bytes(peer.input)) {
      peer.input.erase(0, used);
      waiting_.push_back({descriptor, peer.number, {}});
    }
    begin();
  }

  /// Who went away while it waited, is not worked for.
  void begin() {
    while (working_.size() < slots_ && !waiting_.empty()) {
      Work work = waiting_.front();
      waiting_.pop_front();
      if (!is_there(work)) continue;
      work.ends = Clock::now() + takes_;
      working_.push_back(work);
    }
  }
  void finish() {
    while (!working_.empty() && working_.front().ends <= Clock::now()) {
      Work done = working_.front();
      working_.pop_front();
      if (is_there(done)) (void)::send(done.descriptor, kReply.data(), kReply.size(), MSG_NOSIGNAL);
    }
    begin();
  }
  bool is_there(const Work& work) const {
    auto peer = peers_.find(work.descriptor);
    return peer != peers_.end() && peer->second.number == work.number;
  }

  const std::size_t slots_;
  const std::chrono::milliseconds takes_;
  int epoll_ = ::epoll_create1(0);
  int listener_ = -1;
  bool listens_ = false;
  std::uint64_t numbers_ = 0;
  std::unordered_map<int, Peer> peers_;
  std::deque<Work> waiting_;
  std::deque<Work> working_;  ///< ends in this order, for each takes the same
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "slots_upstream PORT SLOTS MILLISECONDS\n");
    return 2;
  }
  Provider provider(std::atoi(arguments[1]), std::strtoul(arguments[2], nullptr, 10),
                    std::chrono::milliseconds(std::atoi(arguments[3])));
  if (!provider.listens()) {
    std::fprintf(stderr, "slots_upstream: cannot listen on 127.0.0.1:%s\n", arguments[1]);
    return 2;
  }
  provider.run();
}
