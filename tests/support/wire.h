// The wire as a hostile peer uses it: any bytes out, the first whole answer in.
#pragma once

#include <charconv>
#include <chrono>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"

namespace bailiwick::testing_support {

/// One answer, taken apart.
struct WireAnswer {
  int status = 0;  ///< 0 when the peer closed without one
  std::string head;
  std::string body;

  /// Value of the first header field of that name, in any case; or empty.
  std::string header(std::string_view name) const {
    for (std::size_t at = head.find("\r\n"); at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
      std::string_view line = std::string_view(head).substr(at + 2);
      line = line.substr(0, line.find("\r\n"));
      bool same = line.size() > name.size() && line[name.size()] == ':' &&
                  std::equal(name.begin(), name.end(), line.begin(),
                             [](char a, char b) { return std::tolower(a) == std::tolower(b); });
      if (same) return std::string(line.substr(std::min(line.size(), name.size() + 2)));
    }
    return "";
  }
};

/// The first answer in `bytes` that is no 1xx; status 0 when it is not whole yet.
inline WireAnswer first_answer(std::string_view bytes) {
  while (bytes.starts_with("HTTP/1.1 1")) {
    std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return {};
    bytes.remove_prefix(end + 4);
  }
  std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos || bytes.size() < 12) return {};
  WireAnswer answer{.status = 0, .head = std::string(bytes.substr(0, end + 2)), .body = {}};
  std::size_t length = 0;
  std::string text = answer.header("content-length");
  std::from_chars(text.data(), text.data() + text.size(), length);
  if (bytes.size() < end + 4 + length) return {};
  answer.body = bytes.substr(end + 4, length);
  std::from_chars(bytes.data() + 9, bytes.data() + 12, answer.status);
  return answer;
}

enum class AfterSending { kStaysOpen, kEndsSending };

/// Sends on a connection of its own, reading at the same time, for a server may answer early and close.
class Wire {
 public:
  explicit Wire(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    open_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
  }
  ~Wire() { ::close(descriptor_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// Sends what the peer takes; stops when an answer is there.
  void send(std::string_view bytes) {
    while (open_ && !bytes.empty() && first_answer(received_).status == 0) {
      pollfd entry{descriptor_, POLLIN | POLLOUT, 0};
      if (::poll(&entry, 1, kPatience) <= 0) return;
      if ((entry.revents & POLLIN) != 0) receive();
      if ((entry.revents & POLLOUT) == 0) continue;
      ssize_t size = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size < 0 && errno != EAGAIN) return;
      if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  void end_sending() { ::shutdown(descriptor_, SHUT_WR); }
  /// The first answer, waited for ten seconds.
  WireAnswer answer() {
    while (open_ && first_answer(received_).status == 0) {
      pollfd entry{descriptor_, POLLIN, 0};
      if (::poll(&entry, 1, kPatience) <= 0) break;
      receive();
    }
    return first_answer(received_);
  }
  /// All that came, the answer included.
  const std::string& received() const { return received_; }
  /// Waits for the peer to close; true when it did.
  bool drained() {
    while (open_) {
      pollfd entry{descriptor_, POLLIN, 0};
      if (::poll(&entry, 1, kPatience) <= 0) return false;
      receive();
    }
    return true;
  }

 private:
  static constexpr int kPatience = 10'000;

  void receive() {
    char bytes[16 * 1024];
    ssize_t size = ::recv(descriptor_, bytes, sizeof bytes, 0);
    if (size > 0)
      received_.append(bytes, static_cast<std::size_t>(size));
    else if (size == 0 || errno != EAGAIN)
      open_ = false;
  }

  int descriptor_;
  bool open_ = false;
  std::string received_;
};

inline WireAnswer exchange(std::uint16_t port, std::string_view bytes,
                           AfterSending after = AfterSending::kStaysOpen) {
  Wire wire(port);
  wire.send(bytes);
  if (after == AfterSending::kEndsSending) wire.end_sending();
  return wire.answer();
}

}  // namespace bailiwick::testing_support
