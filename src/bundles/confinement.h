// Confinement: what a process gives up before it looks at a bundle. There is no way back.
#pragma once

#include <cstddef>

namespace bailiwick::bundles {

/// The one descriptor that the child has: it reads the trial from it, and writes the report to it.
inline constexpr int kSandboxChannel = 0;

struct ChildLimits {
  std::size_t cpu_seconds = 10;
  std::size_t memory_bytes = std::size_t{1}
                             << 30;  ///< of address space; not bounded in builds with a sanitizer
};

/// How a child ends that has no report. Only its own word: whoever took it over chooses one.
enum class ChildExit { kDone = 0, kNotConfined = 81, kBadTrial = 82, kOutOfMemory = 83, kBroken = 84 };

/// The part of confine() that can be done for all children at once: forgets the environment, reads the list
/// of time zones, becomes nobody when it was root, gives up every way to more rights. False when something
/// was refused.
bool prepare_confinement();

/// In this order: keeps the channel alone, forgets the environment, reads the list of time zones, becomes
/// nobody when it was root, gives up every way to more rights, bounds CPU time, memory and the number of
/// processes and files, and then lets the kernel end this process at the first system call but reading and
/// writing the channel, memory, locks, the time and the end. False when any of that was refused: go no
/// further.
[[nodiscard]] bool confine(const ChildLimits& limits = {});

/// What a child was started with that it should not have: descriptors above the channel, and variables. For
/// tests; call it first.
[[nodiscard]] bool has_inherited_anything();

}  // namespace bailiwick::bundles
