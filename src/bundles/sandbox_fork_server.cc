#include "bundles/sandbox_fork_server.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bundles/confinement.h"

namespace bailiwick::bundles {
namespace {

constexpr int kControl = kSandboxChannel;

[[noreturn]] void end_fork_server() {
  // A child that goes on is ended by the kernel, which it has asked for that.
  _exit(0);
}

/// A channel when there is one in the server's next message. Ends with the server.
std::optional<int> receive() {
  char byte = 0;
  iovec part{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = space;
  message.msg_controllen = sizeof space;
  ssize_t size = 0;
  do size = recvmsg(kControl, &message, MSG_CMSG_CLOEXEC);
  while (size < 0 && errno == EINTR);
  if (size != 1) end_fork_server();
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return {};
  int channel = -1;
  std::memcpy(&channel, CMSG_DATA(header), sizeof channel);
  return channel;
}

template <class Word>
void tell(const Word& word) {
  if (send(kControl, &word, sizeof word, MSG_NOSIGNAL) != sizeof word) end_fork_server();
}

/// Waits for the child's end and leaves it to be reaped; also for the server's.
ChildEnded wait_for(pid_t child) {
  int handle = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  if (handle < 0) end_fork_server();
  pollfd ends[] = {{.fd = handle, .events = POLLIN, .revents = 0},
                   {.fd = kControl, .events = 0, .revents = 0}};
  while (poll(ends, 2, -1) < 0 && errno == EINTR) {
  }
  if (ends[0].revents == 0) end_fork_server();
  close(handle);
  siginfo_t how{};
  if (waitid(P_PID, static_cast<id_t>(child), &how, WEXITED | WNOWAIT) != 0) end_fork_server();
  return {.code = how.si_code, .status = how.si_status};
}

[[noreturn]] void be_child(int channel, void (*child)()) {
  if (dup2(channel, kSandboxChannel) < 0) _exit(static_cast<int>(ChildExit::kNotConfined));
  close(channel);
  child();
  _exit(static_cast<int>(ChildExit::kBroken));
}

}  // namespace

void run_fork_server(void (*child)()) {
  // What it cannot give up its children cannot either, and they say so.
  (void)prepare_confinement();
  while (true) {
    std::optional<int> channel = receive();
    if (!channel) continue;
    pid_t pid = fork();
    if (pid == 0) be_child(*channel, child);
    int error = errno;
    close(*channel);
    if (pid < 0) {
      tell(ChildBegan{.pid = 0, .error = error});
      continue;
    }
    tell(ChildBegan{.pid = pid, .error = 0});
    tell(wait_for(pid));
    if (receive()) end_fork_server();
    (void)waitpid(pid, nullptr, 0);
  }
}

}  // namespace bailiwick::bundles
