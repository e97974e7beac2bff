#include "api/usage.h"

#include <fmt/format.h>

#include "api/csv_answer.h"
#include "api/invoice_view.h"
#include "api/paging.h"
#include "api/usage_report.h"
#include "net/blocking.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::Reply;
using ledger::UsageReport;
using ledger::usage_store::Grouping;
using ledger::usage_store::Row;
using metering::Calendar;
using metering::Days;
using tenancy::Action;

/// Tells one row of a report from every other.
std::string mark_of(const Row& row) {
  const ledger::UsageKey& key = row.key;
  std::string mark = row.time;
  for (const std::string* part :
       {&key.program, &key.name_space, &key.principal, &key.operation, &key.provider, &key.model}) {
    mark += '\n';
    mark += *part;
  }
  return mark;
}

/// The rows behind the one with the mark `page.after`, and the token of what follows them.
Result<std::span<const Row>> rows_of_page(const std::vector<Row>& rows, const Page& page, std::string& next) {
  std::span<const Row> rest = rows;
  if (!page.after.empty()) {
    auto last = std::ranges::find(rows, page.after, mark_of);
    if (last == rows.end())
      return fail(ErrorCode::kInvalid, "page.token",
                  "page_token is not one of this report; begin again without it");
    rest = rest.subspan(static_cast<std::size_t>(last - rows.begin()) + 1);
  }
  if (std::cmp_less_equal(rest.size(), page.size)) return rest;
  rest = rest.first(static_cast<std::size_t>(page.size));
  next = page_token(mark_of(rest.back()));
  return rest;
}

struct Usage {
  ledger::UsageRollups& rollups;

  /// What `days` used, worked out off the loop.
  net::Task<Result<UsageReport>> count(Call<Action::kUsageRead>& call, Days days, Grouping grouping) {
    const std::string& zone = call.snapshot->tenant.time_zone;
    auto work = [&] { return rollups.report(call.permit, zone, days, grouping); };
    co_return co_await call.loop().blocking.run(work);
  }

  static net::Task<Result<Reply>> report(Usage self, Call<Action::kUsageRead>& call, edge::NoBody) {
    const snapshot::TenantDeclaration& tenant = call.snapshot->tenant;
    CO_TRY(AnswerFormat format, format_of(call));
    CO_TRY(Page page, page_of(call));
    CO_TRY(std::vector<GroupBy> group_by, parse_group_by(call.query("group_by")));
    CO_TRY(Calendar calendar, Calendar::in(tenant.time_zone));
    const std::int64_t today = calendar.at(metering::Span::kDay, call.clock.wall()).ordinal;
    CO_TRY(Days days, parse_range(call.query("from"), call.query("to"), today));
    CO_TRY(UsageReport found, co_await self.count(call, days, grouping_of(group_by)));
    UsageReportView view{.tenant = call.permit.tenant().str(),
                         .time_zone = tenant.time_zone,
                         .from = metering::day_text(days.first),
                         .to = metering::day_text(days.last),
                         .group_by = group_by,
                         .rows = {},
                         .total = found.total,
                         .through_sequence = static_cast<std::int64_t>(found.through),
                         .next_page_token = {},
                         .now = view_of(call.permit.tenant().view(), call.snapshot->meter->view())};
    if (format == AnswerFormat::kCsv) {
      std::string name = fmt::format("usage-{}-{}-{}.csv", view.tenant, view.from, view.to);
      co_return csv_reply(usage_csv(found.rows, group_by), name);
    }
    CO_TRY(std::span<const Row> rows, rows_of_page(found.rows, page, view.next_page_token));
    for (const Row& row : rows) view.rows.push_back(row_view(row, group_by));
    co_return Reply::json(200, to_json_value(view));
  }

  static net::Task<Result<Reply>> invoice(Usage self, Call<Action::kUsageRead>& call, edge::NoBody) {
    CO_TRY(AnswerFormat format, format_of(call));
    CO_TRY(std::int64_t month, parse_month(call.parameter("month")));
    CO_TRY(metering::Rating rating, rating_of(*call.snapshot));
    Grouping grouping{.time = Grouping::Time::kNone, .program = true, .operation = true, .model = true};
    CO_TRY(UsageReport found, co_await self.count(call, metering::days_of_month(month), grouping));
    CO_TRY(InvoiceView view, invoice_view(*call.snapshot, rating, month, found, call.clock.wall()));
    if (format == AnswerFormat::kCsv)
      co_return csv_reply(invoice_csv(view), fmt::format("invoice-{}-{}.csv", view.tenant, view.month));
    co_return Reply::json(200, to_json_value(view));
  }
};

edge::RouteDoc report_doc() {
  return {
      .summary = "What a tenant used, added up from its ledger, exact to the record",
      .tag = "usage",
      .table_media_type = kCsvMediaType,
      .answer = edge::schema_of<UsageReportView>,
      .query = {
          {"from", "The first day, 2026-11-01, or a month, 2026-11. Default: the first of the month of to."},
          {"to", "The last day or month, included. Default: today."},
          {"group_by",
           "Any of program, namespace, token, operation, provider, model, and one of month, day, hour; "
           "with commas between. Default: one row."},
          kFormatQuery,
          {"page_size", "1 to 500; default 100. CSV comes whole."},
          kPageTokenQuery}};
}

edge::RouteDoc invoice_doc() {
  return {.summary = "A month of usage under the tenant's rating rules",
          .tag = "usage",
          .table_media_type = kCsvMediaType,
          .answer = edge::schema_of<InvoiceView>,
          .query = {kFormatQuery}};
}

}  // namespace

std::vector<edge::Route> usage_routes(ledger::UsageRollups& rollups) {
  Usage self{rollups};
  std::vector<edge::Route> routes;
  for (const char* path : {"/v1/usage", "/v1/tenants/{tenant}/usage/report"}) {
    routes.push_back(edge::route<Action::kUsageRead, edge::NoBody>("GET", path, report_doc(),
                                                                   std::bind_front(Usage::report, self)));
  }
  for (const char* path : {"/v1/invoices/{month}", "/v1/tenants/{tenant}/invoices/{month}"}) {
    routes.push_back(edge::route<Action::kUsageRead, edge::NoBody>("GET", path, invoice_doc(),
                                                                   std::bind_front(Usage::invoice, self)));
  }
  return routes;
}

}  // namespace bailiwick::api
