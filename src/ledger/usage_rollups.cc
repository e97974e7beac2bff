#include "ledger/usage_rollups.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/log.h"

namespace bailiwick::ledger {
namespace {

using metering::Calendar;
using usage_store::Grouping;
using usage_store::Position;
using usage_store::Row;

/// Counts one tenant's chain, a batch at a time.
class Counting {
 public:
  Counting(storage::TenantSession& session, const ChainReader& chain, const Calendar& calendar,
           std::string_view time_zone)
      : session_(session), chain_(chain), calendar_(calendar), time_zone_(time_zone) {}

  Result<UsageProgress> run(std::uint64_t most) {
    const std::uint64_t head = chain_.head().sequence;
    std::uint64_t left = most;
    for (;;) {
      // The head is read after the position: a chain only grows, so a position past it is of another chain.
      TRY(Position position, usage_store::position(session_));
      const Head now = chain_.head();
      if (position.time_zone != time_zone_)
        CHECK_OK(slice(position));
      else if (!fits(position, now))
        CHECK_OK(start_over(position));
      else if (position.sequence >= head || left == 0)
        return UsageProgress{position.sequence, head};
      else
        CHECK_OK(count(position, std::min(head - position.sequence, left), left));
    }
  }

 private:
  static bool fits(const Position& position, const Head& head) {
    if (position.sequence == head.sequence) return position.sequence == 0 || position.hash == head.hash;
    return position.sequence < head.sequence;
  }

  Status slice(const Position& position) {
    Position sliced = position;
    sliced.time_zone = time_zone_;
    return session_.transaction([&]() -> Status {
      TRY(bool moved, usage_store::move(session_, position, sliced));
      return moved ? usage_store::slice_days(session_, calendar_) : Status();
    });
  }

  Status start_over(const Position& position) {
    log_warn("usage.counted_anew", {{"sequence", position.sequence}, {"head", chain_.head().sequence}});
    return session_.transaction([&]() -> Status {
      TRY(bool moved, usage_store::move(session_, position, {0, "", time_zone_}));
      return moved ? usage_store::clear(session_) : Status();
    });
  }

  Status count(const Position& position, std::uint64_t waiting, std::uint64_t& left) {
    std::optional<UsageTally> batch = chain_.take_tally(position.sequence);
    if (!batch) {
      TRY(batch, read(position, std::min(waiting, UsageRollups::kStride)));
    }
    if (!batch || !goes_on_from(position, batch->begin())) return start_over(position);
    const Position end{batch->end().sequence, crypto::to_hex(batch->end().hash), position.time_zone};
    left -= std::min(left, end.sequence - position.sequence);
    return session_.transaction([&]() -> Status {
      TRY(bool moved, usage_store::move(session_, position, end));
      if (!moved) return {};  // somebody else was quicker; their position is looked at next
      for (const auto& [place, totals] : batch->sums()) {
        const auto& [quarter, key] = place;
        const std::int64_t day = calendar_.at(metering::Span::kDay, quarter).ordinal;
        CHECK_OK(usage_store::add(session_, quarter, metering::day_text(day), key, totals));
      }
      return {};
    });
  }

  /// False: the record at `position` is another one than was counted.
  static bool goes_on_from(const Position& position, const ChainPoint& point) {
    return position.sequence == 0 || crypto::to_hex(point.hash) == position.hash;
  }

  /// The `most` records behind `from`, at most up to those that the ledger has added up. Nothing when the
  /// record there is another one than was counted.
  Result<std::optional<UsageTally>> read(const Position& from, std::uint64_t most) {
    if (auto tallied = chain_.tallied_from(); tallied && *tallied > from.sequence)
      most = std::min(most, *tallied - from.sequence);
    std::optional<UsageTally> batch;
    if (from.sequence == 0) batch.emplace(ChainPoint{});
    Status outcome;
    auto visit = [&](const Entry& entry) {
      const ChainPoint end{entry.sequence, entry.hash};
      if (!batch) return batch.emplace(end), goes_on_from(from, end);
      outcome = batch->add_written(entry.payload, end);
      return outcome && entry.sequence < from.sequence + most;
    };
    CHECK_OK(chain_.each(std::max<std::uint64_t>(from.sequence, 1), visit));
    CHECK_OK(outcome);
    if (batch && !goes_on_from(from, batch->begin())) return std::nullopt;
    if (!batch || batch->end().sequence == from.sequence)
      return fail(ErrorCode::kInternal, "ledger.damaged",
                  fmt::format("record {} of the ledger is missing; `bailiwick ledger verify` says more",
                              from.sequence + 1));
    return batch;
  }

  storage::TenantSession& session_;
  const ChainReader& chain_;
  const Calendar& calendar_;
  const std::string time_zone_;
};

/// Quarters become hours; everything in order.
std::vector<Row> in_order(std::vector<Row> rows, const Calendar& calendar, const Grouping& grouping) {
  std::map<WallTime, metering::Hour> hours;  // by quarter: many rows have the same one
  std::map<std::tuple<WallTime, std::string, UsageKey>, metering::UsageTotals> sums;
  for (Row& row : rows) {
    if (grouping.time == Grouping::Time::kHour) {
      auto [known, fresh] = hours.try_emplace(row.begin);
      if (fresh) known->second = calendar.hour_at(row.begin);
      row.begin = known->second.begin;
      row.time = known->second.name;
    }
    sums[{row.begin, std::move(row.time), std::move(row.key)}] += row.totals;
  }
  std::vector<Row> ordered;
  ordered.reserve(sums.size());
  for (const auto& [place, totals] : sums) {
    const auto& [begin, time, key] = place;
    ordered.push_back({time, begin, key, totals});
  }
  return ordered;
}

std::unexpected<Error> behind(std::uint64_t records) {
  Error error(ErrorCode::kUnavailable, "rollup.behind",
              fmt::format("{} records are still to be counted; try again in a few seconds", records));
  error.retry_after_seconds = 5;
  return std::unexpected(std::move(error));
}

}  // namespace

Result<UsageProgress> UsageRollups::advance(const ReadPermit& permit, std::string_view time_zone,
                                            std::uint64_t most) {
  TRY(Calendar calendar, Calendar::in(time_zone));
  auto chain = ledger_.reader(permit);
  TRY(auto session, store_.open(permit));
  return Counting(*session, *chain, calendar, time_zone).run(most);
}

Result<UsageReport> UsageRollups::report(const tenancy::Permit<tenancy::Action::kUsageRead>& permit,
                                         std::string_view time_zone, metering::Days days,
                                         const Grouping& grouping) {
  const ReadPermit reading = permits_(permit.tenant());
  TRY(UsageProgress progress, advance(reading, time_zone, kMostWaiting));
  if (progress.counted < progress.head) return behind(progress.head - progress.counted);
  TRY(Calendar calendar, Calendar::in(time_zone));
  TRY(auto session, store_.open(reading));
  const std::int64_t most = grouping.time == Grouping::Time::kHour ? 4 * kMostRows : kMostRows;
  UsageReport report;
  // In one transaction, so that the rows are those of the record that is named.
  CHECK_OK(session->transaction([&]() -> Status {
    TRY(Position position, usage_store::position(*session));
    // Another caller may have begun anew, or know of another time zone: the tenant is just being changed.
    if (position.sequence < progress.counted || position.time_zone != time_zone) return behind(progress.head);
    TRY(report.rows, usage_store::sums(*session, calendar, days, grouping, most + 1));
    report.through = position.sequence;
    return {};
  }));
  if (std::cmp_greater(report.rows.size(), most)) {
    return fail(ErrorCode::kInvalid, "query.too_many_rows",
                fmt::format("there are more than {} rows; ask for fewer days, or group by less", kMostRows));
  }
  report.rows = in_order(std::move(report.rows), calendar, grouping);
  for (const Row& row : report.rows) report.total += row.totals;
  return report;
}

}  // namespace bailiwick::ledger
