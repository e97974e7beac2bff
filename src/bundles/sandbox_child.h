// The child of the sandbox: this program again, as a process that can only answer.
#pragma once

#include "bundles/confinement.h"
#include "bundles/sandbox.h"

namespace bailiwick::bundles {

/// The word that makes the program one; no command of people's, and in no help.
inline constexpr const char* kSandboxVerb = "sandbox-child";

/// Confines this process, reads one trial from the channel, tries it out, writes the report and ends. Call it
/// before anything else is done, from the only thread.
[[noreturn]] void run_sandbox_child();

/// Its parts, for children that tests misuse. Reads the whole trial; ends the process when it is none.
Trial read_trial_from_channel();
void write_to_channel(std::string_view bytes);
[[noreturn]] void end_child(ChildExit how);

}  // namespace bailiwick::bundles
