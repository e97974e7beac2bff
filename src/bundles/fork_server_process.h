// ForkServerProcess: the server's side of a fork server (sandbox_fork_server.h), which it starts and which
// ends with it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "bundles/sandbox_fork_server.h"

namespace bailiwick::bundles {

/// A descriptor that is closed with this.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();
  int get() const { return value_; }

 private:
  int value_;
};

/// Both ends of a socket of the given type, closed when a program is started. Errors: kUnavailable
/// `bundle.sandbox`.
Result<std::pair<Descriptor, Descriptor>> make_channel(int type);

class ForkServerProcess {
 public:
  /// Starts `program` with the one argument `verb`, no environment and one descriptor. Errors: kUnavailable
  /// `bundle.sandbox`.
  static Result<ForkServerProcess> start(const std::string& program, const std::string& verb);
  ForkServerProcess(ForkServerProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)), control_(std::move(other.control_)) {}
  ForkServerProcess& operator=(ForkServerProcess&&) = delete;
  ~ForkServerProcess();

  bool alive() const;
  /// A child with this channel. Errors: kUnavailable `bundle.sandbox`; then this is of no use any more.
  Result<pid_t> begin(const Descriptor& channel);
  /// How the child ended; its process id is no longer its own then. Empty: it had not after `patience`, or
  /// the fork server is gone.
  std::optional<ChildEnded> end_of_child(std::chrono::milliseconds patience);

 private:
  ForkServerProcess(pid_t pid, Descriptor control) : pid_(pid), control_(std::move(control)) {}
  bool hand_over(const Descriptor& channel) const;
  template <class Word>
  std::optional<Word> receive(std::chrono::milliseconds patience) const;

  pid_t pid_;
  Descriptor control_;
};

}  // namespace bailiwick::bundles
