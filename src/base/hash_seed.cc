#include "base/hash_seed.h"

#include "base/random.h"

namespace bailiwick {

std::uint64_t hash_seed() {
  static const std::uint64_t kSeed = SystemRandom().next64();
  return kSeed;
}

}  // namespace bailiwick
