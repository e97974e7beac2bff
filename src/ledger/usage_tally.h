// UsageTally: what a stretch of one chain used, added up record by record.
#pragma once

#include <map>

#include "ledger/chain_hash.h"
#include "ledger/usage_record.h"

namespace bailiwick::ledger {

class UsageTally {
 public:
  /// By the quarter of an hour of the record's time, and what it is counted by.
  using Sums = std::map<std::pair<WallTime, UsageKey>, metering::UsageTotals>;

  /// Of the records behind `begin`; none yet.
  explicit UsageTally(const ChainPoint& begin) : begin_(begin), end_(begin) {}
  UsageTally(UsageTally&&) = default;
  UsageTally& operator=(UsageTally&&) = default;

  /// Adds the next record. False: it cannot be added up unread, because it says more than usual or there are
  /// too many sums; the tally is then of no use.
  bool add(const Record& record);
  /// The same from its JSON. Errors: kInternal `ledger.damaged`.
  Status add_written(std::string_view payload);
  /// Behind the last record that was added.
  void ends_at(const ChainPoint& end) { end_ = end; }

  const ChainPoint& begin() const { return begin_; }
  const ChainPoint& end() const { return end_; }
  const Sums& sums() const { return sums_; }

 private:
  void add(const UsageRecord& used);

  ChainPoint begin_, end_;
  Sums sums_;
  Sums::value_type* latest_ = nullptr;  // neighbours are mostly of one kind
};

}  // namespace bailiwick::ledger
