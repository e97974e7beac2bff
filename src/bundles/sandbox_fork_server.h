// The fork server of the sandbox: this program again, as a process that has nothing and makes the children in
// which bundles are tried out.
//
// To start a program and link it takes many times as long as to try a bundle out, so it is done once. The
// fork server never reads a bundle: it is handed a channel, forks, and tells how the child ended. The child
// has the channel alone, and confines itself before it reads (confinement.h).
#pragma once

#include <sys/types.h>

namespace bailiwick::bundles {

/// The word that makes the program one; no command of people's, and in no help.
inline constexpr const char* kForkServerVerb = "sandbox-fork-server";

/// The fork server's first word of a child. Sent over a SOCK_SEQPACKET, whose other end is its
/// kSandboxChannel.
struct ChildBegan {
  pid_t pid;  ///< 0: none began
  int error;  ///< why not
};
/// And its last. The process is not reaped before the other end says that it is done with it, by a message
/// with nothing: until then its id is its own.
struct ChildEnded {
  int code;    ///< CLD_EXITED, or CLD_KILLED and CLD_DUMPED
  int status;  ///< exit code, or signal
};

/// Gives up what it can, then makes a child for each channel that comes, one after the other, until the other
/// end is closed. Call it before anything else is done, from the only thread. `child` ends its process.
[[noreturn]] void run_fork_server(void (*child)());

}  // namespace bailiwick::bundles
