// UsageTally: what a stretch of one chain used, added up record by record.
#pragma once

#include <atomic>
#include <map>
#include <span>

#include "ledger/chain_hash.h"
#include "ledger/usage_record.h"
#include "tenancy/footprint.h"

namespace bailiwick::ledger {

/// How many more sums the tallies of one ledger may keep in memory together. Safe from any thread.
class TallySpace {
 public:
  /// A sum is some 400 bytes.
  static constexpr std::int64_t kMostSums = 100'000;

  bool is_left() const { return left_.load(std::memory_order_relaxed) > 0; }
  void take(std::int64_t sums) { left_.fetch_sub(sums, std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> left_ = kMostSums;
};

class UsageTally {
 public:
  /// By the quarter of an hour of the record's time, and what it is counted by.
  using Sums = std::map<std::pair<WallTime, UsageKey>, metering::UsageTotals>;
  /// Of one tally that is added up unread.
  static constexpr std::size_t kMostSums = 64;

  /// Of the records behind `begin`; none yet. `space` outlives it; null is without bound.
  explicit UsageTally(const ChainPoint& begin, TallySpace* space = nullptr)
      : begin_(begin), end_(begin), space_(space) {}
  UsageTally(UsageTally&& other) noexcept;
  UsageTally& operator=(UsageTally&& other) noexcept;
  ~UsageTally();

  /// Adds the next records, which make `end` the chain's end; or closes, when they cannot be added up unread:
  /// they say more than usual, or there are too many sums. A closed tally stays as it is.
  void add(std::span<const Record> records, const ChainPoint& end);
  /// Adds the next record from its JSON. Errors: kInternal `ledger.damaged`.
  Status add_written(std::string_view payload, const ChainPoint& end);

  const ChainPoint& begin() const { return begin_; }
  const ChainPoint& end() const { return end_; }
  const Sums& sums() const { return sums_; }
  /// What the next record is added to.
  void note_in(tenancy::Footprint& footprint) const;

 private:
  bool has_room_for(std::span<const Record> records) const;
  void add(const UsageRecord& used);

  ChainPoint begin_, end_;
  Sums sums_;
  Sums::value_type* latest_ = nullptr;  // neighbours are mostly of one kind
  TallySpace* space_;
  bool closed_ = false;
};

}  // namespace bailiwick::ledger
