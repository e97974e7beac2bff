// RawUpstream: a provider that speaks any bytes at all, and then closes, resets or says no more.
#pragma once

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bailiwick::testing_support {

class RawUpstream {
 public:
  enum class Then { kClose, kReset, kSilence };
  struct Play {
    std::string bytes;
    Then then = Then::kClose;
    bool reads_request = true;  ///< false: it takes the connection and looks no further
  };

  explicit RawUpstream(Play play) : play_(std::move(play)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("the raw upstream cannot listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~RawUpstream() {
    thread_.request_stop();
    thread_.join();
    for (int socket : silent_) ::close(socket);
    ::close(listener_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{listener_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      ++connections_;
      play(socket);
    }
  }
  void play(int socket) {
    if (play_.reads_request) read_request(socket);
    std::string_view rest = play_.bytes;
    while (!rest.empty()) {
      ssize_t sent = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (play_.then == Then::kSilence) return silent_.push_back(socket);
    if (play_.then == Then::kReset) {
      // Lets the bytes arrive before the reset throws away what was not read.
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      linger now{1, 0};
      ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    ::close(socket);
  }
  static void read_request(int socket) {
    std::string seen;
    char buffer[4096];
    while (seen.find("\r\n\r\n") == std::string::npos) {
      ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      seen.append(buffer, static_cast<std::size_t>(got));
    }
    std::size_t at = seen.find("Content-Length: ");
    std::size_t length = at == std::string::npos ? 0 : std::stoul(seen.substr(at + 16));
    std::size_t have = seen.size() - seen.find("\r\n\r\n") - 4;
    while (have < length) {
      ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      have += static_cast<std::size_t>(got);
    }
  }

  Play play_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::vector<int> silent_;
  std::jthread thread_;
};

}  // namespace bailiwick::testing_support
