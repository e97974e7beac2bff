#include "bundles/process_sandbox.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/files.h"
#include "bundles/confinement.h"
#include "bundles/trial_frames.h"

namespace bailiwick::bundles {
namespace {

using std::chrono::milliseconds;

// For as many trials at once as there usually are. A fork server is some megabytes.
constexpr std::size_t kIdle = 2;

/// A moment after which nothing is waited for.
struct Deadline {
  const Clock& clock;
  MonoTime at;
  bool passed() const { return clock.mono() >= at; }
  milliseconds left() const {
    return std::max(milliseconds(1), std::chrono::ceil<milliseconds>(at - clock.mono()));
  }
};

std::unexpected<Error> no_verdict(std::string_view what, std::string_view remedy) {
  return fail(ErrorCode::kInvalid, "bundle.sandbox",
              fmt::format("the bundle was tried out and {}; nothing was changed: {}", what, remedy));
}

/// A child that does not go on after this.
class Child {
 public:
  Child(pid_t pid, ForkServerProcess& fork_server) : pid_(pid), fork_server_(fork_server) {}
  ~Child() {
    if (!ended_) end();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// How it ended; killed when it had not by the deadline.
  std::optional<ChildEnded> wait(const Deadline& deadline) {
    auto ended = fork_server_.end_of_child(deadline.left());
    if (!ended) return end(), std::nullopt;
    ended_ = true;
    return ended;
  }
  void end() {
    constexpr milliseconds kToDie{1'000};
    ended_ = true;
    // A fork server that is gone has taken its child along, whose id may be another's by now.
    if (!fork_server_.alive()) return;
    ::kill(pid_, SIGKILL);
    (void)fork_server_.end_of_child(kToDie);
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
  ForkServerProcess& fork_server_;
  bool ended_ = false;
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
std::unexpected<Error> ended_badly(const ChildEnded& ended) {
  if (ended.code != CLD_EXITED) {
    switch (ended.status) {
      case SIGSYS:
        return no_verdict("asked the system for what it may not have, so it was ended", kTellUs);
      case SIGXCPU:
      case SIGKILL:
        return no_verdict("took too much time or memory, so it was ended", kSmaller);
      case SIGABRT:  // what allocators do that do not throw
        return no_verdict("gave up, for want of memory or by a fault of the program", kSmaller);
      default:
        return no_verdict(fmt::format("broke down (signal {})", ended.status), kTellUs);
    }
  }
  switch (static_cast<ChildExit>(ended.status)) {
    case ChildExit::kNotConfined:
      return fail(
          ErrorCode::kUnavailable, "bundle.sandbox",
          "the bundle was not tried out: this system does not let a process confine itself; nothing was "
          "changed: allow seccomp filters to the server, and give it /usr/share/zoneinfo");
    case ChildExit::kOutOfMemory:
      return no_verdict("took too much memory", kSmaller);
    default:
      return no_verdict(fmt::format("broke down (exit code {})", ended.status), kTellUs);
  }
}

}  // namespace

ProcessSandbox::ProcessSandbox(const Clock& clock, Options options)
    : clock_(clock), options_(std::move(options)) {}
ProcessSandbox::~ProcessSandbox() = default;

Result<ForkServerProcess> ProcessSandbox::take_fork_server() const {
  {
    MutexLock lock(mutex_);
    while (!idle_.empty()) {
      ForkServerProcess fork_server = std::move(idle_.back());
      idle_.pop_back();
      if (fork_server.alive()) return fork_server;
    }
  }
  return ForkServerProcess::start(options_.program, options_.verb);
}

void ProcessSandbox::give_back(ForkServerProcess fork_server) const {
  MutexLock lock(mutex_);
  if (idle_.size() < kIdle) idle_.push_back(std::move(fork_server));
}

Result<TrialReport> ProcessSandbox::run(const Trial& trial) const {
  std::string bytes = encode_trial(trial);
  if (bytes.size() > kMaxTrialBytes) return no_verdict("is larger than can be tried out", kSmaller);
  TRY(ForkServerProcess fork_server, take_fork_server());
  auto report = run_in(fork_server, trial, bytes);
  // After anything but a verdict a new one is as good, and surer.
  if (report) give_back(std::move(fork_server));
  return report;
}

Result<TrialReport> ProcessSandbox::run_in(ForkServerProcess& fork_server, const Trial& trial,
                                           std::string_view bytes) const {
  TRY(auto channel, make_channel(SOCK_STREAM));
  auto& [here, there] = channel;
  TRY(pid_t pid, fork_server.begin(there));
  Child child(pid, fork_server);
  there = Descriptor();
  Deadline deadline{.clock = clock_, .at = clock_.mono() + options_.deadline};
  std::string too_late = fmt::format("did not come to an end within {} ms", options_.deadline.count());
  Exchange exchange(here, bytes);
  switch (exchange.run(child, deadline, options_.memory_bytes)) {
    case Exchange::End::kTooLate:
      return no_verdict(too_late, kSmaller);
    case Exchange::End::kTooMuch:
      return no_verdict(fmt::format("answered more than {} bytes", kMaxReportBytes), kTellUs);
    case Exchange::End::kTooLarge:
      return no_verdict(fmt::format("took more than {} MiB of memory", options_.memory_bytes >> 20),
                        kSmaller);
    case Exchange::End::kClosed:
      break;
  }
  std::optional<ChildEnded> ended = child.wait(deadline);
  if (!ended) return no_verdict(too_late, kSmaller);
  if (ended->code != CLD_EXITED || ended->status != 0) return ended_badly(*ended);
  auto report = decode_report(exchange.received(), trial);
  if (!report) return no_verdict(report.error().message, kTellUs);
  return report;
}

}  // namespace bailiwick::bundles
