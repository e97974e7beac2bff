#include "bundles/confinement.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>

#include <date/tz.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char** environ;

namespace bailiwick::bundles {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "say here which AUDIT_ARCH this machine has, and try the filter"
#endif

// What ships has no sanitizer. One that has maps terabytes which it never touches, and probes memory through
// a pipe.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(undefined_behavior_sanitizer)
#define BW_SANITIZED 1
#endif
#endif

constexpr uid_t kNobody = 65534;

/// A program of the kernel's packet filter, which reads the number and the arguments of a system call.
class Filter {
 public:
  Filter() {
    load(offsetof(seccomp_data, arch));
    add(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
    give(SECCOMP_RET_KILL_PROCESS);
    load(offsetof(seccomp_data, nr));
  }
  void allow(long call) { answer(call, SECCOMP_RET_ALLOW); }
  void refuse(long call, std::uint32_t error) { answer(call, SECCOMP_RET_ERRNO | error); }
  /// Allowed when the argument, as 32 bits, is `value`; otherwise it gets the answer.
  void allow_with(long call, unsigned argument, std::uint32_t value, std::uint32_t otherwise) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 4);
    load_argument(argument);
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    give(SECCOMP_RET_ALLOW);
    give(otherwise);
  }
  /// Allowed when the argument has none of these bits; otherwise the end.
  void allow_without(long call, unsigned argument, std::uint32_t bits) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 4);
    load_argument(argument);
    add(BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0);
    give(SECCOMP_RET_ALLOW);
    give(SECCOMP_RET_KILL_PROCESS);
  }
  bool install() {
    give(SECCOMP_RET_KILL_PROCESS);
    if (full_) return false;
    sock_fprog program{.len = static_cast<unsigned short>(size_), .filter = code_.data()};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  }

 private:
  void add(int code, std::uint32_t value, std::uint8_t yes = 0, std::uint8_t no = 0) {
    if (size_ == code_.size()) {
      full_ = true;
      return;
    }
    code_[size_++] = {static_cast<std::uint16_t>(code), yes, no, value};
  }
  void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
  void load_argument(unsigned argument) {  // its low half, where the machine is little-endian, as both are
    load(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
  }
  void give(std::uint32_t what) { add(BPF_RET | BPF_K, what); }
  void answer(long call, std::uint32_t what) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1);
    give(what);
  }

  std::array<sock_filter, 128> code_{};
  std::size_t size_ = 0;
  bool full_ = false;
};

/// No clone, exec, open, socket, ptrace, kill of others: what is not named here ends the process. Memory is
/// never executable.
bool filter_calls() {
  Filter filter;
#if defined(BW_SANITIZED)
  for (long call : {SYS_read, SYS_write, SYS_pipe2, SYS_fcntl, SYS_close}) filter.allow(call);
#else
  filter.allow_with(SYS_read, 0, kSandboxChannel, SECCOMP_RET_ERRNO | EBADF);
  filter.allow_with(SYS_write, 0, kSandboxChannel, SECCOMP_RET_ERRNO | EBADF);
#endif
  filter.allow_without(SYS_mmap, 2, PROT_EXEC);
  filter.allow_without(SYS_mprotect, 2, PROT_EXEC);
  for (long call : {SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_futex, SYS_exit, SYS_exit_group,
                    SYS_clock_gettime, SYS_sched_yield, SYS_getpid, SYS_gettid, SYS_rt_sigreturn,
                    SYS_rt_sigprocmask, SYS_sigaltstack, SYS_getrandom}) {
    filter.allow(call);
  }
  // abort() sends a signal to itself, and changes what it does. Allocators name their memory; they need not.
  filter.allow_with(SYS_tgkill, 0, static_cast<std::uint32_t>(getpid()), SECCOMP_RET_KILL_PROCESS);
  filter.allow(SYS_rt_sigaction);
  filter.refuse(SYS_prctl, EPERM);
  return filter.install();
}

bool become_nobody() {
  if (geteuid() != 0) return true;
  return setgroups(0, nullptr) == 0 && setresgid(kNobody, kNobody, kNobody) == 0 &&
         setresuid(kNobody, kNobody, kNobody) == 0 && setuid(0) != 0;
}

bool bound(int resource, rlim_t most) {
  rlimit limit{most, most};
  return setrlimit(static_cast<__rlimit_resource_t>(resource), &limit) == 0;
}

bool bound_resources(const ChildLimits& limits) {
#if defined(BW_SANITIZED)
  constexpr rlim_t kDescriptors = 16;
#else
  constexpr rlim_t kDescriptors = 0;
  if (!bound(RLIMIT_AS, limits.memory_bytes)) return false;
#endif
  return bound(RLIMIT_CPU, limits.cpu_seconds) && bound(RLIMIT_NOFILE, kDescriptors) &&
         bound(RLIMIT_FSIZE, 0) && bound(RLIMIT_NPROC, 0) && bound(RLIMIT_CORE, 0);
}

}  // namespace

bool prepare_confinement() {
  if (clearenv() != 0) return false;
  try {
    (void)date::get_tzdb();
  } catch (const std::exception&) {
    return false;
  }
  return become_nobody() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0;
}

bool confine(const ChildLimits& limits) {
  // The signal at the parent's death is forgotten when the user changes, so it is asked for after that.
  return close_range(kSandboxChannel + 1, ~0U, 0) == 0 && prepare_confinement() &&
         prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && bound_resources(limits) && filter_calls();
}

bool has_inherited_anything() {
  if (environ != nullptr && *environ != nullptr) return true;
  constexpr int kEnough = 65536;
  for (int descriptor = kSandboxChannel + 1; descriptor < kEnough; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) != -1) return true;
  }
  return false;
}

}  // namespace bailiwick::bundles
