#include "bundles/fork_server_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bundles/confinement.h"

namespace bailiwick::bundles {
namespace {

// To fork, or to start and warm up before the first fork.
constexpr std::chrono::milliseconds kToBegin{10'000};

std::unexpected<Error> cannot_begin(std::string_view what, int error) {
  return fail(ErrorCode::kUnavailable, "bundle.sandbox",
              fmt::format("the bundle cannot be tried out now ({}: {}); nothing was changed, try again", what,
                          std::strerror(error)));
}

/// What a fork server is started with: its channel, no other descriptor, no signal that is blocked or
/// ignored.
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
    pid_t pid = 0;
    int error = posix_spawn(&pid, program.c_str(), &actions_, &attributes_, arguments, nothing);
    if (error != 0) return cannot_begin("its process does not start", error);
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

Result<std::pair<Descriptor, Descriptor>> make_channel(int type) {
  int ends[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) return cannot_begin("no socket", errno);
  return std::pair(Descriptor(ends[0]), Descriptor(ends[1]));
}

Result<ForkServerProcess> ForkServerProcess::start(const std::string& program, const std::string& verb) {
  TRY(auto control, make_channel(SOCK_SEQPACKET));
  TRY(pid_t pid, SpawnPlan(control.second.get()).spawn(program, verb));
  return ForkServerProcess(pid, std::move(control.first));
}

ForkServerProcess::~ForkServerProcess() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  // Without the right to signal another user, this is what ends it.
  control_ = Descriptor();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool ForkServerProcess::alive() const {
  pollfd socket{.fd = control_.get(), .events = 0, .revents = 0};
  return ::poll(&socket, 1, 0) == 0;
}

bool ForkServerProcess::hand_over(const Descriptor& channel) const {
  char byte = 0;
  iovec part{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = space;
  message.msg_controllen = sizeof space;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  int descriptor = channel.get();
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  return ::sendmsg(control_.get(), &message, MSG_NOSIGNAL) == 1;
}

template <class Word>
std::optional<Word> ForkServerProcess::receive(std::chrono::milliseconds patience) const {
  pollfd socket{.fd = control_.get(), .events = POLLIN, .revents = 0};
  int ready = 0;
  do ready = ::poll(&socket, 1, static_cast<int>(patience.count()));
  while (ready < 0 && errno == EINTR);
  Word word{};
  if (ready <= 0 || ::recv(control_.get(), &word, sizeof word, MSG_DONTWAIT) != sizeof word) return {};
  return word;
}

Result<pid_t> ForkServerProcess::begin(const Descriptor& channel) {
  if (!hand_over(channel)) return cannot_begin("its process is gone", errno);
  auto began = receive<ChildBegan>(kToBegin);
  if (!began) return cannot_begin("its process does not answer", ETIMEDOUT);
  if (began->pid <= 0) return cannot_begin("its process does not start", began->error);
  return began->pid;
}

std::optional<ChildEnded> ForkServerProcess::end_of_child(std::chrono::milliseconds patience) {
  auto ended = receive<ChildEnded>(patience);
  char done = 0;
  if (ended) (void)::send(control_.get(), &done, sizeof done, MSG_NOSIGNAL);
  return ended;
}

}  // namespace bailiwick::bundles
