// What hash tables over foreign keys are salted with.
#pragma once

#include <cstdint>

namespace bailiwick {

/// The same through the life of the process, and unknown outside it: nobody can choose keys that collide.
std::uint64_t hash_seed();

}  // namespace bailiwick
