#include "ledger/usage_tally.h"

namespace bailiwick::ledger {
namespace {

/// What one chain may keep in memory until it is counted.
constexpr std::size_t kMostSums = 64;

WallTime quarter_of(WallTime time) {
  return std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<900>>>(time);
}

/// One for each thread, so that its strings are reused.
UsageRecord& scratch() {
  thread_local UsageRecord used;
  return used;
}

}  // namespace

bool UsageTally::add(const Record& record) {
  UsageRecord& used = scratch();
  if (sums_.size() >= kMostSums || !is_counted_unread(record)) return false;
  if (usage_of(record, used)) add(used);
  return true;
}

Status UsageTally::add_written(std::string_view payload) {
  UsageRecord& used = scratch();
  TRY(bool counted, read_usage(payload, used));
  if (counted) add(used);
  return {};
}

void UsageTally::add(const UsageRecord& used) {
  const WallTime quarter = quarter_of(used.time);
  if (latest_ == nullptr || latest_->first.first != quarter || latest_->first.second != used.key)
    latest_ = &*sums_.try_emplace({quarter, used.key}).first;
  latest_->second += used.totals;
}

}  // namespace bailiwick::ledger
