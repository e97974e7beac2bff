// The child of the sandbox: a process that can only answer.
#pragma once

#include "bundles/confinement.h"
#include "bundles/sandbox.h"

namespace bailiwick::bundles {

/// Has libraries read what they need from files, and makes what every trial needs, so that no child has to.
void warm_up_sandbox();

/// Confines this process, reads one trial from the channel, tries it out, writes the report and ends.
[[noreturn]] void run_sandbox_child();

/// Its parts, for children that tests misuse. Reads the whole trial; ends the process when it is none.
Trial read_trial_from_channel();
void write_to_channel(std::string_view bytes);
[[noreturn]] void end_child(ChildExit how);

}  // namespace bailiwick::bundles
