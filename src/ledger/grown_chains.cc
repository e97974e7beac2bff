#include "ledger/grown_chains.h"

#include <algorithm>

#include "ledger/chain_table.h"

namespace bailiwick::ledger {

void GrownChains::note(Chain& chain, std::uint64_t records) noexcept BW_REQUIRES(chain.mutex) {
  records_.fetch_add(records, std::memory_order_relaxed);
  try {
    queue(chain);
  } catch (const std::exception&) {
    // Without memory for it the chain is queued with its next record.
  }
}

void GrownChains::queue(Chain& chain) BW_REQUIRES(chain.mutex) {
  const std::uint64_t ahead = chain.head.sequence - std::min(chain.taken, chain.head.sequence);
  const Growth growth = ahead >= kMuch ? Growth::kMuch : ahead > 0 ? Growth::kLittle : Growth::kNone;
  if (growth <= chain.growth) return;
  {
    MutexLock lock(mutex_);
    (growth == Growth::kMuch ? much_ : little_).push_back(&chain);
  }
  chain.growth = growth;
}

std::optional<GrownChain> GrownChains::take(Growth growth) {
  for (;;) {
    Chain* chain = nullptr;
    {
      MutexLock lock(mutex_);
      auto& queue = growth == Growth::kMuch ? much_ : little_;
      if (queue.empty()) return std::nullopt;
      chain = queue.front();
      queue.pop_front();
    }
    MutexLock lock(chain->mutex);
    // Another one has grown by much since, and stands there too.
    if (chain->growth != growth) continue;
    chain->growth = Growth::kNone;
    chain->taken = chain->head.sequence;
    return GrownChain{chain->name, chain->head.sequence, chain};
  }
}

void GrownChains::put_back(const GrownChain& taken, std::uint64_t done) {
  MutexLock lock(taken.chain->mutex);
  taken.chain->taken = done;
  queue(*taken.chain);
}

std::size_t GrownChains::size(Growth growth) const {
  MutexLock lock(mutex_);
  return growth == Growth::kMuch ? much_.size() : little_.size();
}

}  // namespace bailiwick::ledger
