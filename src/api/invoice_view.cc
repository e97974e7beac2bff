#include "api/invoice_view.h"

#include <fmt/format.h>

#include "base/csv.h"
#include "base/excerpt.h"

namespace bailiwick::api {
namespace {

/// What was done in the last moment of a month is recorded a moment later.
constexpr std::chrono::minutes kLastRecords{1};

InvoiceLineView line_view(metering::InvoiceLine line) {
  InvoiceLineView view{.name = std::move(line.name),
                       .metric = std::move(line.metric),
                       .quantity = line.quantity,
                       .included = line.included,
                       .per = line.per,
                       .tiers = {},
                       .exact = line.exact,
                       .amount = line.amount.fixed()};
  for (const metering::TierCharge& tier : line.tiers)
    view.tiers.push_back({tier.quantity, tier.price, tier.amount});
  return view;
}

std::vector<metering::UsageOf> usage_of(const ledger::UsageReport& report) {
  std::vector<metering::UsageOf> usage;
  usage.reserve(report.rows.size());
  for (const ledger::usage_store::Row& row : report.rows)
    usage.push_back({row.key.program, row.key.model, row.key.operation, row.totals});
  return usage;
}

}  // namespace

Result<std::int64_t> parse_month(std::string_view text) {
  if (auto month = metering::parse_window(metering::Span::kMonth, fmt::format("month:{}", text)))
    return *month;
  return fail(ErrorCode::kInvalid, "month.malformed",
              fmt::format("'{}' is no month; write one like 2026-11", excerpt(text)));
}

Result<metering::Rating> rating_of(const snapshot::TenantSnapshot& tenant) {
  if (tenant.tenant.billing.rating) return *tenant.tenant.billing.rating;
  return fail(ErrorCode::kNotFound, "invoice.no_rating",
              "the tenant declares no prices; add `billing.rating` to its tenant.yaml");
}

Result<InvoiceView> invoice_view(const snapshot::TenantSnapshot& tenant, const metering::Rating& rating,
                                 std::int64_t month, const ledger::UsageReport& report, WallTime now) {
  using metering::Span;
  TRY(metering::Calendar calendar, metering::Calendar::in(tenant.tenant.time_zone));
  TRY(metering::Invoice invoice, metering::invoice_of(rating, usage_of(report)));
  const snapshot::Billing& billing = tenant.tenant.billing;
  InvoiceView view{
      .tenant = tenant.id().str(),
      .month = metering::window_name(Span::kMonth, month).substr(std::string_view("month:").size()),
      .time_zone = tenant.tenant.time_zone,
      .account = billing.account,
      .cost_center = billing.cost_center,
      .currency = billing.currency,
      .final = now >= calendar.window(Span::kMonth, month).end + kLastRecords,
      .revision = tenant.revision,
      .through_sequence = static_cast<std::int64_t>(report.through),
      .lines = {},
      .total = invoice.total.fixed(),
      .usage = report.total};
  for (metering::InvoiceLine& line : invoice.lines) view.lines.push_back(line_view(std::move(line)));
  return view;
}

std::string invoice_csv(const InvoiceView& invoice) {
  CsvWriter csv;
  for (std::string_view column : {"tenant", "account", "cost_center", "month", "final", "revision", "line",
                                  "metric", "quantity", "included", "per", "exact_usd", "amount_usd"}) {
    csv.text(column);
  }
  csv.end_row();
  for (const InvoiceLineView& line : invoice.lines) {
    csv.text(invoice.tenant).text(invoice.account).text(invoice.cost_center).text(invoice.month);
    csv.text(invoice.final ? "true" : "false").text(invoice.revision).text(line.name).text(line.metric);
    csv.number(line.quantity.str()).number(line.included.str()).number(line.per);
    csv.number(line.exact.str()).number(line.amount);
    csv.end_row();
  }
  return std::move(csv).take();
}

}  // namespace bailiwick::api
