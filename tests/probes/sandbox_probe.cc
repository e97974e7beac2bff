// A child of the sandbox that misbehaves: what a bundle could do that took the child over. The verb says how.
// No part of the program.
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bundles/sandbox_child.h"
#include "bundles/sandbox_fork_server.h"
#include "bundles/trial.h"
#include "bundles/trial_frames.h"

namespace bailiwick::bundles {
namespace {

/// Past the C library, which could refuse for reasons of its own.
void call(long number, long one = 0, long two = 0, long three = 0) {
  (void)syscall(number, one, two, three, 0, 0, 0);
}
template <class T>
long address(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

void spin() {
  for (volatile std::size_t turn = 0;; turn = turn + 1) {
  }
}

void take_memory() {
  constexpr std::size_t kPart = 8 << 20;
  while (true) {
    void* part = mmap(nullptr, kPart, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (part == MAP_FAILED) throw std::bad_alloc();
    std::memset(part, 1, kPart);
  }
}

/// What must end the process at once.
bool attempt(std::string_view verb) {
  static char path[] = "/etc/passwd", shell[] = "/bin/sh";
  static char* arguments[] = {shell, nullptr};
  if (verb == "open") return call(SYS_openat, AT_FDCWD, address(path), O_RDONLY), true;
  if (verb == "socket") return call(SYS_socket, AF_INET, SOCK_STREAM), true;
  if (verb == "fork") return call(SYS_clone, SIGCHLD), true;
  if (verb == "thread") return call(SYS_clone3), true;
  if (verb == "exec")
    return call(SYS_execve, address(shell), address(arguments), address(arguments + 1)), true;
  if (verb == "kill") return call(SYS_kill, getppid(), SIGTERM), true;
  if (verb == "kill-thread") return call(SYS_tgkill, 1, 1, SIGTERM), true;
  if (verb == "ptrace") return call(SYS_ptrace, PTRACE_TRACEME), true;
  if (verb == "unshare") return call(SYS_unshare, 0x10000000), true;
  if (verb == "limits") return call(SYS_prlimit64, 0, 0, 0), true;
  if (verb == "send-descriptor") return call(SYS_sendmsg, kSandboxChannel), true;
  if (verb == "code") {
    (void)mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return true;
  }
  return false;
}

[[noreturn]] void flood() {
  std::string part(1 << 20, 'x');
  while (true) write_to_channel(part);
}

/// A report that nobody honest writes.
std::string lie(const Trial& trial) {
  TrialReport report{.tests = 1, .problems = {}};
  report.problems.push_back({"/etc/shadow:1:1", std::string(5000, 'a') + "\n"});
  report.problems.push_back({trial.place + "tenant.yaml:2:3", "one\ntwo \x1b[2J"});
  report.problems.push_back({trial.place + "tenant.yaml:2:x", "three"});
  return encode_report(report);
}

/// A flip of a decision that nobody sent.
std::string lie_of_a_flip() {
  TrialReport report{.tests = 1, .problems = {}};
  report.replay.replayed = report.replay.flips_total = 1;
  report.replay.flips.push_back({.decision = 40, .times = 1, .reason = "rule.made-up"});
  return encode_report(report);
}

[[noreturn]] void misbehave(std::string_view verb) {
  ChildLimits limits;
  if (verb == "burn") limits.cpu_seconds = 1;
  bool inherited = verb == "inherited" && has_inherited_anything();
  if (!confine(limits)) end_child(ChildExit::kNotConfined);
  if (verb == "early-exit") end_child(ChildExit::kDone);
  if (verb == "deaf") spin();
  Trial trial = read_trial_from_channel();
  if (verb == "inherited" && !inherited) write_to_channel(encode_report({.tests = 7, .problems = {}}));
  if (attempt(verb)) write_to_channel(encode_report({}));  // as if nothing had been
  if (verb == "loop" || verb == "burn") spin();
  if (verb == "silent") {
    write_to_channel(encode_report({}));
    spin();
  }
  if (verb == "memory") take_memory();
  if (verb == "flood") flood();
  if (verb == "garbage") write_to_channel(std::string(300, '\xff'));
  if (verb == "half") write_to_channel(encode_report({}).substr(0, 10));
  if (verb == "more") write_to_channel(encode_report({}) + "x");
  if (verb == "lie") write_to_channel(lie(trial));
  if (verb == "lie-of-a-flip") write_to_channel(lie_of_a_flip());
  if (verb == "passed-then-failed") {
    write_to_channel(encode_report({}));
    end_child(ChildExit::kBroken);
  }
  if (verb == "crash" || (verb == "honest" && trial.tenant == "crash")) {
    std::signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would ask for more
    std::raise(SIGSEGV);
  }
  if (verb == "abort") std::abort();
  static int children = 0;
  if (verb == "count") write_to_channel(encode_report({.tests = ++children, .problems = {}}));
  if (verb == "honest") write_to_channel(encode_report(run_trial(trial)));
  end_child(ChildExit::kDone);
}

}  // namespace
}  // namespace bailiwick::bundles

namespace {

std::string the_verb;

void be_child() {
  using namespace bailiwick::bundles;
  try {
    misbehave(the_verb);
  } catch (const std::bad_alloc&) {
    end_child(ChildExit::kOutOfMemory);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  the_verb = argv[1];
  if (the_verb == "no-fork-server") return 0;
  bailiwick::bundles::warm_up_sandbox();
  bailiwick::bundles::run_fork_server(be_child);
}
