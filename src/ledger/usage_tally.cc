#include "ledger/usage_tally.h"

#include <algorithm>
#include <utility>

namespace bailiwick::ledger {
namespace {

WallTime quarter_of(WallTime time) {
  return std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<900>>>(time);
}

/// One for each thread, so that its strings are reused.
UsageRecord& scratch() {
  thread_local UsageRecord used;
  return used;
}

}  // namespace

UsageTally::UsageTally(UsageTally&& other) noexcept
    : begin_(other.begin_),
      end_(other.end_),
      sums_(std::exchange(other.sums_, {})),
      latest_(std::exchange(other.latest_, nullptr)),
      space_(other.space_),
      closed_(other.closed_) {}

UsageTally& UsageTally::operator=(UsageTally&& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
  std::swap(sums_, other.sums_);
  std::swap(latest_, other.latest_);
  std::swap(space_, other.space_);
  std::swap(closed_, other.closed_);
  return *this;
}

UsageTally::~UsageTally() {
  if (space_ != nullptr) space_->take(-static_cast<std::int64_t>(sums_.size()));
}

void UsageTally::add(std::span<const Record> records, const ChainPoint& end) {
  closed_ = closed_ || !std::ranges::all_of(records, is_counted_unread) || !has_room_for(records);
  if (closed_) return;
  UsageRecord& used = scratch();
  for (const Record& record : records) {
    if (usage_of(record, used)) add(used);
  }
  end_ = end;
}

Status UsageTally::add_written(std::string_view payload, const ChainPoint& end) {
  UsageRecord& used = scratch();
  TRY(bool counted, read_usage(payload, used));
  if (counted) add(used);
  end_ = end;
  return {};
}

void UsageTally::note_in(tenancy::Footprint& footprint) const {
  footprint.note(tenancy::Footprint::Part::kTally, *this);
  if (latest_ != nullptr) footprint.note(tenancy::Footprint::Part::kSum, *latest_);
}

bool UsageTally::has_room_for(std::span<const Record> records) const {
  if (sums_.size() < kMostSums && (space_ == nullptr || space_->is_left())) return true;
  UsageRecord& used = scratch();
  return std::ranges::all_of(records, [&](const Record& record) {
    return !usage_of(record, used) || sums_.contains({quarter_of(used.time), used.key});
  });
}

void UsageTally::add(const UsageRecord& used) {
  const WallTime quarter = quarter_of(used.time);
  if (latest_ == nullptr || latest_->first.first != quarter || latest_->first.second != used.key) {
    auto [sum, is_new] = sums_.try_emplace({quarter, used.key});
    if (is_new && space_ != nullptr) space_->take(1);
    latest_ = &*sum;
  }
  latest_->second += used.totals;
}

}  // namespace bailiwick::ledger
