#include "bundles/process_sandbox.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "bundles/confinement.h"
#include "bundles/trial_frames.h"

namespace bailiwick::bundles {
namespace {

using std::chrono::milliseconds;

/// A moment after which nothing is waited for.
struct Deadline {
  const Clock& clock;
  MonoTime at;
  bool passed() const { return clock.mono() >= at; }
};

std::unexpected<Error> cannot_begin(std::string_view what, int error) {
  return fail(ErrorCode::kUnavailable, "bundle.sandbox",
              fmt::format("the bundle cannot be tried out now ({}: {}); nothing was changed, try again", what,
                          std::strerror(error)));
}

std::unexpected<Error> no_verdict(std::string_view what, std::string_view remedy) {
  return fail(ErrorCode::kInvalid, "bundle.sandbox",
              fmt::format("the bundle was tried out and {}; nothing was changed: {}", what, remedy));
}

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
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }

 private:
  int value_;
};

/// What a child is started with: its channel, no other descriptor, no signal that is blocked or ignored.
class SpawnPlan {
 public:
  explicit SpawnPlan(int channel) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, channel, kSandboxChannel);
    posix_spawn_file_actions_addclosefrom_np(&actions_, kSandboxChannel + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  Result<pid_t> spawn(const std::string& program, const std::string& verb) {
    std::string name = "bailiwick", word = verb;
    char* arguments[] = {name.data(), word.data(), nullptr};
    char* nothing[] = {nullptr};
    pid_t child = 0;
    int error = posix_spawn(&child, program.c_str(), &actions_, &attributes_, arguments, nothing);
    if (error != 0) return cannot_begin("its process does not start", error);
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// A child that does not outlive this.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ > 0) (void)end();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// How it ended, as waitpid() says; kills it when it has not by the deadline.
  std::optional<int> wait(const Deadline& deadline) {
    constexpr milliseconds kLook{1};
    while (!deadline.passed()) {
      int status = 0;
      pid_t done = ::waitpid(pid_, &status, WNOHANG);
      if (done == pid_) return pid_ = 0, status;
      if (done < 0 && errno != EINTR) break;
      std::this_thread::sleep_for(kLook);
    }
    (void)end();
    return std::nullopt;
  }
  int end() {
    ::kill(pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }
  /// Bytes that it has in memory; 0 when that cannot be read.
  std::size_t resident() const {
    auto text = read_file(fmt::format("/proc/{}/statm", pid_), 4096);
    if (!text) return 0;
    std::size_t space = text->find(' '), pages = 0;
    if (space == std::string::npos) return 0;
    std::from_chars(text->data() + space + 1, text->data() + text->size(), pages);
    return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  }

 private:
  pid_t pid_;
};

/// Sends the trial and takes what comes back, until the child closes its end.
class Exchange {
 public:
  enum class End { kClosed, kTooLate, kTooMuch, kTooLarge };

  Exchange(const Descriptor& channel, std::string_view trial) : channel_(channel), to_send_(trial) {}

  End run(const Child& child, const Deadline& deadline, std::size_t memory) {
    constexpr int kLookMilliseconds = 10;
    while (!closed_) {
      if (deadline.passed()) return End::kTooLate;
      if (child.resident() > memory) return End::kTooLarge;
      short wanted = to_send_.empty() ? POLLIN : POLLIN | POLLOUT;
      pollfd socket{.fd = channel_.get(), .events = wanted, .revents = 0};
      if (::poll(&socket, 1, kLookMilliseconds) <= 0) continue;
      if (socket.revents & POLLOUT) send();
      if (socket.revents & (POLLIN | POLLHUP | POLLERR)) receive();
      if (received_.size() > kMaxReportBytes) return End::kTooMuch;
    }
    return End::kClosed;
  }
  const std::string& received() const { return received_; }

 private:
  void send() {
    ssize_t sent = ::send(channel_.get(), to_send_.data(), to_send_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno != EAGAIN && errno != EINTR) to_send_ = {};  // it does not listen; how it ends will tell
    } else {
      to_send_.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (to_send_.empty()) ::shutdown(channel_.get(), SHUT_WR);
  }
  void receive() {
    char part[65536];
    ssize_t size = ::recv(channel_.get(), part, sizeof part, MSG_DONTWAIT);
    if (size > 0) received_.append(part, static_cast<std::size_t>(size));
    closed_ = size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
  }

  const Descriptor& channel_;
  std::string_view to_send_;
  std::string received_;
  bool closed_ = false;
};

constexpr std::string_view kSmaller = "make its tests, patterns and rules smaller or fewer";
constexpr std::string_view kTellUs = "look for what is odd in it, and report this as a fault of the program";

/// A child that ended otherwise than quietly.
std::unexpected<Error> ended_badly(int status) {
  if (WIFSIGNALED(status)) {
    switch (WTERMSIG(status)) {
      case SIGSYS:
        return no_verdict("asked the system for what it may not have, so it was ended", kTellUs);
      case SIGXCPU:
      case SIGKILL:
        return no_verdict("took too much time or memory, so it was ended", kSmaller);
      case SIGABRT:  // what allocators do that do not throw
        return no_verdict("gave up, for want of memory or by a fault of the program", kSmaller);
      default:
        return no_verdict(fmt::format("broke down (signal {})", WTERMSIG(status)), kTellUs);
    }
  }
  switch (static_cast<ChildExit>(WEXITSTATUS(status))) {
    case ChildExit::kNotConfined:
      return fail(
          ErrorCode::kUnavailable, "bundle.sandbox",
          "the bundle was not tried out: this system does not let a process confine itself; nothing was "
          "changed: allow seccomp filters to the server, and give it /usr/share/zoneinfo");
    case ChildExit::kOutOfMemory:
      return no_verdict("took too much memory", kSmaller);
    default:
      return no_verdict(fmt::format("broke down (exit code {})", WEXITSTATUS(status)), kTellUs);
  }
}

Result<std::pair<Descriptor, Descriptor>> make_channel() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return cannot_begin("no socket", errno);
  return std::pair(Descriptor(ends[0]), Descriptor(ends[1]));
}

}  // namespace

Result<TrialReport> ProcessSandbox::run(const Trial& trial) const {
  std::string bytes = encode_trial(trial);
  if (bytes.size() > kMaxTrialBytes) return no_verdict("is larger than can be tried out", kSmaller);
  TRY(auto channel, make_channel());
  auto& [here, there] = channel;
  TRY(pid_t pid, SpawnPlan(there.get()).spawn(options_.program, options_.verb));
  Child child(pid);
  there = Descriptor();
  Deadline deadline{.clock = clock_, .at = clock_.mono() + options_.deadline};
  Exchange exchange(here, bytes);
  switch (exchange.run(child, deadline, options_.memory_bytes)) {
    case Exchange::End::kTooLate:
      return no_verdict(fmt::format("did not come to an end within {} ms", options_.deadline.count()),
                        kSmaller);
    case Exchange::End::kTooMuch:
      return no_verdict(fmt::format("answered more than {} bytes", kMaxReportBytes), kTellUs);
    case Exchange::End::kTooLarge:
      return no_verdict(fmt::format("took more than {} MiB of memory", options_.memory_bytes >> 20),
                        kSmaller);
    case Exchange::End::kClosed:
      break;
  }
  std::optional<int> status = child.wait(deadline);
  if (!status)
    return no_verdict(fmt::format("did not come to an end within {} ms", options_.deadline.count()),
                      kSmaller);
  if (*status != 0) return ended_badly(*status);
  auto report = decode_report(exchange.received(), trial);
  if (!report) return no_verdict(report.error().message, kTellUs);
  return report;
}

}  // namespace bailiwick::bundles
