#include "ledger/chain_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/release.h"

namespace bailiwick::ledger {

void Chain::add(std::uint64_t segment, std::uint32_t offset, const ChainPoint& end, WallTime time) {
  if (stretches.empty() || stretches.back().segment != segment) stretches.emplace_back().segment = segment;
  stretches.back().add(offset, head.sequence + 1, end, time);
  head = end;
}

void Chain::tally_up(const ChainPoint& before, std::span<const Record> records, TallySpace& space) noexcept {
  // The records stand, whatever becomes of the tally: one that was left in the middle is dropped.
  std::unique_ptr<UsageTally> whole = std::move(tally);
  try {
    if (whole == nullptr) whole = std::make_unique<UsageTally>(before, &space);
    whole->add(records, head);
    // One that closed before it began would have the records behind it read as well.
    if (whole->end() != whole->begin()) tally = std::move(whole);
  } catch (const std::exception&) {
    tally = nullptr;
  }
}

void Chain::note_in(tenancy::Footprint& footprint) const {
  using Part = tenancy::Footprint::Part;
  footprint.note(Part::kChain, *this);
  if (tally) tally->note_in(footprint);
  if (stretches.empty()) return;
  footprint.note(Part::kStretch, stretches.back());
  const std::vector<FrameRef>& frames = stretches.back().frames;
  if (!frames.empty()) footprint.note(Part::kFrames, &frames.back(), 2 * sizeof(FrameRef));
}

Chain& ChainTable::get(std::string_view name, tenancy::Footprint* footprint) {
  Shard& shard = shard_of(name);
  MutexLock lock(shard.mutex);
  auto at = shard.chains.find(name);
  if (at == shard.chains.end()) {
    at = shard.chains.emplace(std::string(name), std::make_unique<Chain>(name)).first;
  }
  if (footprint != nullptr) footprint->note(tenancy::Footprint::Part::kChainEntry, *at);
  return *at->second;
}

const Chain* ChainTable::find(std::string_view name) const {
  const Shard& shard = shard_of(name);
  MutexLock lock(shard.mutex);
  auto at = shard.chains.find(name);
  return at == shard.chains.end() ? nullptr : at->second.get();
}

ChainPoint ChainTable::head_of(std::string_view name) const {
  const Chain* chain = find(name);
  if (chain == nullptr) return {};
  MutexLock lock(chain->mutex);
  return chain->head;
}

Status ChainTable::attach(SegmentIndex& index) {
  for (auto& [name, stretch] : index.chains) {
    Chain& chain = get(name);
    MutexLock lock(chain.mutex);
    if (stretch.first != chain.head.sequence + 1) {
      return fail(ErrorCode::kInternal, "ledger.damaged",
                  fmt::format("segment {}: the chain of {} goes on with record {} where {} is expected",
                              index.segment, name, stretch.first, chain.head.sequence + 1));
    }
    chain.head = {stretch.last, stretch.last_hash};
    chain.stretches.push_back(std::move(stretch));
  }
  return {};
}

void ChainTable::each(const std::function<void(Chain&)>& visit) {
  std::vector<Chain*> all;
  for (Shard& shard : shards_) {
    MutexLock lock(shard.mutex);
    for (auto& [name, chain] : shard.chains) all.push_back(chain.get());
  }
  for (Chain* chain : all) visit(*chain);
}

std::vector<std::pair<std::string, Stretch>> ChainTable::stretches_of(std::uint64_t segment) {
  std::vector<std::pair<std::string, Stretch>> found;
  each([&](const Chain& chain) {
    // Who appends holds the lock from before the frame stands in the segment until it is known here.
    MutexLock lock(chain.mutex);
    // They are in order, and what is sealed is one of the last.
    auto stretch = std::find_if(chain.stretches.rbegin(), chain.stretches.rend(),
                                [&](const Stretch& known) { return known.segment <= segment; });
    if (stretch != chain.stretches.rend() && stretch->segment == segment)
      found.emplace_back(chain.name, *stretch);
  });
  std::ranges::sort(found, {}, [](const auto& entry) -> const std::string& { return entry.first; });
  return found;
}

void ChainTable::release_tables(const SegmentIndex& index) {
  for (const auto& [name, sealed] : index.chains) {
    Chain& chain = get(name);
    MutexLock lock(chain.mutex);
    auto live = std::ranges::find(chain.stretches, index.segment, &Stretch::segment);
    BW_CHECK(live != chain.stretches.end() && live->frame_count == sealed.frame_count);
    live->table_position = sealed.table_position;
    release(live->frames);
  }
}

}  // namespace bailiwick::ledger
