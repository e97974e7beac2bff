// The link of the chain: SHA-256 over a version tag, the hash before, and the record's bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "crypto/hash.h"

namespace bailiwick::ledger {

/// The end of a chain, in bytes. The first record follows sequence 0 and a hash of zeros.
struct ChainPoint {
  std::uint64_t sequence = 0;
  crypto::Digest hash{};

  friend bool operator==(const ChainPoint&, const ChainPoint&) = default;
};

inline crypto::Digest chain_hash(const crypto::Digest& previous, std::string_view payload) {
  thread_local crypto::Sha256 hasher;
  hasher.update(std::string_view("bailiwick.ledger.v1\n"));
  hasher.update(std::span<const std::uint8_t>(previous));
  return hasher.update(payload).finish();
}

}  // namespace bailiwick::ledger
