#include "api/usage_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/csv.h"

namespace bailiwick::api {
namespace {

using ledger::UsageKey;
using ledger::usage_store::Grouping;
using ledger::usage_store::Row;
using Time = Grouping::Time;

/// One way to group: its place in an answer, and in what is asked of the store.
struct Dimension {
  GroupBy by;
  std::optional<std::string> UsageRowView::* shown;
  std::string UsageKey::* part = nullptr;  ///< null: a time
  bool Grouping::* flag = nullptr;
  Time time = Time::kNone;
};
constexpr Dimension kDimensions[] = {
    {.by = GroupBy::kMonth, .shown = &UsageRowView::month, .time = Time::kMonth},
    {.by = GroupBy::kDay, .shown = &UsageRowView::day, .time = Time::kDay},
    {.by = GroupBy::kHour, .shown = &UsageRowView::hour, .time = Time::kHour},
    {GroupBy::kProgram, &UsageRowView::program, &UsageKey::program, &Grouping::program},
    {GroupBy::kNamespace, &UsageRowView::name_space, &UsageKey::name_space, &Grouping::name_space},
    {GroupBy::kToken, &UsageRowView::token, &UsageKey::principal, &Grouping::principal},
    {GroupBy::kOperation, &UsageRowView::operation, &UsageKey::operation, &Grouping::operation},
    {GroupBy::kProvider, &UsageRowView::provider, &UsageKey::provider, &Grouping::provider},
    {GroupBy::kModel, &UsageRowView::model, &UsageKey::model, &Grouping::model},
};

const Dimension& dimension_of(GroupBy by) {
  const Dimension& dimension = kDimensions[static_cast<std::size_t>(by)];
  BW_CHECK(dimension.by == by);
  return dimension;
}

const std::string& cell_of(const Row& row, const Dimension& dimension) {
  return dimension.part == nullptr ? row.time : row.key.*dimension.part;
}

std::unexpected<Error> bad_group_by(std::string message) {
  return fail(ErrorCode::kInvalid, "query.group_by", "group_by: " + std::move(message));
}

}  // namespace

Result<std::vector<GroupBy>> parse_group_by(std::string_view text) {
  std::vector<GroupBy> group_by;
  bool timed = false;
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    auto by = enum_from<GroupBy>(word);
    if (!by) return bad_group_by(one_of(enum_words<GroupBy>(), word));
    if (std::ranges::find(group_by, *by) != group_by.end())
      return bad_group_by(fmt::format("{} stands there twice", word));
    bool is_time = dimension_of(*by).part == nullptr;
    if (is_time && std::exchange(timed, true)) return bad_group_by("name one of month, day and hour");
    group_by.push_back(*by);
  }
  return group_by;
}

Grouping grouping_of(const std::vector<GroupBy>& group_by) {
  Grouping grouping;
  for (GroupBy by : group_by) {
    const Dimension& dimension = dimension_of(by);
    if (dimension.flag != nullptr)
      grouping.*dimension.flag = true;
    else
      grouping.time = dimension.time;
  }
  return grouping;
}

Result<metering::Days> parse_range(std::string_view from, std::string_view to, std::int64_t today) {
  metering::Days range{.first = today, .last = today};
  if (!to.empty()) {
    TRY(metering::Days days, metering::parse_days(to));
    range.last = days.last;
  }
  const std::string first_month = metering::day_text(range.last).substr(0, 7);
  TRY(metering::Days days, metering::parse_days(from.empty() ? first_month : from));
  range.first = days.first;
  if (range.first <= range.last) return range;
  return fail(ErrorCode::kInvalid, "query.range",
              fmt::format("from ({}) is after to ({}); give an earlier from or a later to",
                          metering::day_text(range.first), metering::day_text(range.last)));
}

UsageRowView row_view(const Row& row, const std::vector<GroupBy>& group_by) {
  UsageRowView view;
  static_cast<metering::UsageTotals&>(view) = row.totals;
  for (GroupBy by : group_by) {
    const Dimension& dimension = dimension_of(by);
    view.*dimension.shown = cell_of(row, dimension);
  }
  return view;
}

std::string usage_csv(const std::vector<Row>& rows, const std::vector<GroupBy>& group_by) {
  CsvWriter csv;
  for (GroupBy by : group_by) csv.text(name_of(by));
  for (std::string_view column :
       {"requests", "denied", "errors", "input_tokens", "output_tokens", "documents", "bytes", "cost_usd"}) {
    csv.text(column);
  }
  csv.end_row();
  for (const Row& row : rows) {
    for (GroupBy by : group_by) csv.text(cell_of(row, dimension_of(by)));
    const metering::UsageTotals& totals = row.totals;
    for (std::int64_t count : {totals.requests, totals.denied, totals.errors, totals.input_tokens,
                               totals.output_tokens, totals.documents, totals.bytes}) {
      csv.number(count);
    }
    csv.number(totals.cost.str());
    csv.end_row();
  }
  return std::move(csv).take();
}

}  // namespace bailiwick::api
