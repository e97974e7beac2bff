// A usage report as the API shows it: how it is asked for, its rows, its table.
#pragma once

#include "api/meter_view.h"
#include "ledger/usage_rollups.h"

namespace bailiwick::api {

/// What usage is grouped by. Of month, day and hour at most one.
enum class GroupBy { kMonth, kDay, kHour, kProgram, kNamespace, kToken, kOperation, kProvider, kModel };
constexpr std::array<std::pair<std::string_view, GroupBy>, 9> enum_table(GroupBy) {
  return {{{"month", GroupBy::kMonth},
           {"day", GroupBy::kDay},
           {"hour", GroupBy::kHour},
           {"program", GroupBy::kProgram},
           {"namespace", GroupBy::kNamespace},
           {"token", GroupBy::kToken},
           {"operation", GroupBy::kOperation},
           {"provider", GroupBy::kProvider},
           {"model", GroupBy::kModel}}};
}

/// Reads `day,model`. Errors: kInvalid `query.group_by`.
Result<std::vector<GroupBy>> parse_group_by(std::string_view text);
ledger::usage_store::Grouping grouping_of(const std::vector<GroupBy>& group_by);
/// `from` and `to` as parse_days() reads them, both included. Neither: the month of `today` so far; only one:
/// to `today`, or from the first of that month. Errors: kInvalid `days.malformed`, `query.range`.
Result<metering::Days> parse_range(std::string_view from, std::string_view to, std::int64_t today);

struct UsageRowView : metering::UsageTotals {
  std::optional<std::string> month, day, hour, program, name_space, token, operation, provider, model;
};
template <class Visitor>
void describe(Visitor& v, UsageRowView& view) {
  v.required("month", view.month, "2026-11; null when rows are not grouped by it, as below.");
  v.required("day", view.day, "2026-11-25, in the tenant's time zone.");
  v.required("hour", view.hour, "2026-11-25T14:00+01:00, when it begins.");
  v.required("program", view.program, "Empty: requests that named none.");
  v.required("namespace", view.name_space, "Likewise.");
  v.required("token", view.token, "Who asked: token:tok_…; empty for denials that were counted together.");
  v.required("operation", view.operation, "The action: models.chat.");
  v.required("provider", view.provider, "Empty: no model was called.");
  v.required("model", view.model, "Likewise.");
  describe(v, static_cast<metering::UsageTotals&>(view));
}

struct UsageReportView {
  std::string tenant;
  std::string time_zone;
  std::string from;
  std::string to;
  std::vector<GroupBy> group_by;
  std::vector<UsageRowView> rows;
  metering::UsageTotals total;
  std::int64_t through_sequence = 0;
  std::string next_page_token;
  MeterView now;
};
template <class Visitor>
void describe(Visitor& v, UsageReportView& view) {
  v.required("tenant", view.tenant, "Whose.");
  v.required("time_zone", view.time_zone, "Of the tenant; its days and months begin there.");
  v.required("from", view.from, "The first day.");
  v.required("to", view.to, "The last day, included.");
  v.required("group_by", view.group_by, "What the rows are grouped by.");
  v.required("rows", view.rows, "In order of time, then of the parts.");
  v.required("total", view.total, "Of all rows, also those of other pages.");
  v.required(
      "through_sequence", view.through_sequence,
      "The last record of the tenant's ledger that is counted; the totals are the sum of the records up to "
      "it.");
  v.required("next_page_token", view.next_page_token, "Empty at the end.");
  v.required("now", view.now, "What is used at this moment, against the limits.");
}

UsageRowView row_view(const ledger::usage_store::Row& row, const std::vector<GroupBy>& group_by);
/// Only the columns that are grouped by, then the totals.
std::string usage_csv(const std::vector<ledger::usage_store::Row>& rows,
                      const std::vector<GroupBy>& group_by);

}  // namespace bailiwick::api
