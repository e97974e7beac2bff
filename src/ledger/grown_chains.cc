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
  line_of(growth).push(&chain);
  chain.growth = growth;
}

std::optional<GrownChain> GrownChains::take(Growth growth) {
  while (Chain* chain = line_of(growth).pop()) {
    MutexLock lock(chain->mutex);
    // Another one has grown by much since, and stands there too.
    if (chain->growth != growth) continue;
    chain->growth = Growth::kNone;
    chain->taken = chain->head.sequence;
    return GrownChain{chain->name, chain->head.sequence, chain};
  }
  return std::nullopt;
}

void GrownChains::put_back(const GrownChain& taken, std::uint64_t done) {
  MutexLock lock(taken.chain->mutex);
  taken.chain->taken = done;
  queue(*taken.chain);
}

std::size_t GrownChains::size(Growth growth) const {
  return (growth == Growth::kMuch ? much_ : little_).size();
}

void GrownChains::Line::push(Chain* chain) {
  MutexLock lock(coming_);
  then_.push_back(chain);
}

Chain* GrownChains::Line::pop() {
  MutexLock lock(taking_);
  if (first_.empty()) {
    MutexLock both(coming_);
    first_.swap(then_);
  }
  if (first_.empty()) return nullptr;
  Chain* chain = first_.front();
  first_.pop_front();
  return chain;
}

std::size_t GrownChains::Line::size() const {
  MutexLock lock(taking_);
  MutexLock both(coming_);
  return first_.size() + then_.size();
}

}  // namespace bailiwick::ledger
