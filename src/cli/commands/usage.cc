// usage report|invoice
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

struct UsageFields {
  std::string group_by, from, to, month;
};

const std::vector<Column> kTotals{
    {"REQUESTS", "requests"},    {"DENIED", "denied"},       {"ERRORS", "errors"}, {"INPUT", "input_tokens"},
    {"OUTPUT", "output_tokens"}, {"DOCUMENTS", "documents"}, {"BYTES", "bytes"},   {"COST USD", "cost_usd"}};

using Query = std::vector<std::pair<std::string, std::string>>;

/// The server's own table, as it comes.
Result<Exit> print_csv(const Context& context, const std::string& path, Query query) {
  query.emplace_back("format", "csv");
  CHECK_OK(
      ApiClient(context).stream({.path = with_query(path, query)}, [&](std::string_view bytes) -> Status {
        *context.out << bytes;
        if (context.out->good()) return {};
        return fail(ErrorCode::kUnavailable, "file.unwritable", "the output cannot be written");
      }));
  return Exit::kOk;
}

/// Every page; the first one with the rows of all.
Result<json::value> whole_report(const Context& context, const std::string& path, Query query) {
  json::value whole;
  std::string token;
  query.emplace_back("page_size", "500");
  query.emplace_back("page_token", "");
  do {
    query.back().second = token;
    TRY(ApiAnswer answer, ApiClient(context).call({.path = with_query(path, query)}));
    TRY(json::value page, answer.json());
    token = page.at("next_page_token").as_string();
    if (whole.is_null()) {
      whole = std::move(page);
      continue;
    }
    json::array& rows = whole.at("rows").as_array();
    for (json::value& row : page.at("rows").as_array()) rows.push_back(std::move(row));
  } while (!token.empty());
  whole.as_object()["next_page_token"] = "";
  return whole;
}

void print_report(const Context& context, const json::value& report) {
  std::vector<Column> columns;
  for (const json::value& by : report.at("group_by").as_array()) {
    std::string key(by.as_string());
    std::string heading = key;
    for (char& c : heading) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    columns.push_back({heading, key});
  }
  json::array rows = report.at("rows").as_array();
  if (!columns.empty() || rows.empty()) {
    json::object total = report.at("total").as_object();
    if (!columns.empty()) total[columns.front().key] = "total";
    rows.push_back(std::move(total));
  }
  columns.insert(columns.end(), kTotals.begin(), kTotals.end());
  print_rows(context, report, rows, columns);
}

Result<Exit> report(const Context& context, const UsageFields& fields) {
  TRY(std::string tenant, required_tenant(context));
  if (!fields.month.empty() && !(fields.from.empty() && fields.to.empty())) {
    return fail(ErrorCode::kInvalid, "usage.month",
                "--month stands for --from and --to; give either the month or the days");
  }
  const std::string path = "/v1/tenants/" + percent_encode(tenant) + "/usage/report";
  const Query query{{"group_by", fields.group_by},
                    {"from", fields.month.empty() ? fields.from : fields.month},
                    {"to", fields.month.empty() ? fields.to : fields.month}};
  if (context.format == Format::kCsv) return print_csv(context, path, query);
  TRY(json::value whole, whole_report(context, path, query));
  print_report(context, whole);
  return Exit::kOk;
}

void print_invoice(const Context& context, const json::value& invoice) {
  if (context.format != Format::kTable) return print_value(context, invoice);
  json::object head;
  for (const char* key : {"tenant", "account", "cost_center", "month", "time_zone", "final", "revision"})
    head[key] = invoice.at(key);
  print_object(context, head);
  *context.out << '\n';
  json::array lines = invoice.at("lines").as_array();
  lines.push_back(json::object{{"name", "total"}, {"amount_usd", invoice.at("total_usd")}});
  print_rows(context, invoice, lines,
             {{"LINE", "name"},
              {"METRIC", "metric"},
              {"QUANTITY", "quantity"},
              {"INCLUDED", "included"},
              {"EXACT USD", "exact_usd"},
              {"AMOUNT USD", "amount_usd"}});
}

Result<Exit> invoice(const Context& context, const UsageFields& fields) {
  TRY(std::string tenant, required_tenant(context));
  const std::string path =
      "/v1/tenants/" + percent_encode(tenant) + "/invoices/" + percent_encode(fields.month);
  if (context.format == Format::kCsv) return print_csv(context, path, {});
  TRY(ApiAnswer answer, ApiClient(context).call({.path = path}));
  TRY(json::value whole, answer.json());
  print_invoice(context, whole);
  return Exit::kOk;
}

}  // namespace

void add_usage(CLI::App& app, Context& context) {
  CLI::App* usage = app.add_subcommand("usage", "What tenants used, and what it is charged with");
  usage->require_subcommand(1);
  auto fields = std::make_shared<UsageFields>();

  CLI::App* used =
      usage->add_subcommand("report", "What a tenant used, added up from its ledger; also as csv");
  used->add_option(
      "--group-by", fields->group_by,
      "Any of program, namespace, token, operation, provider, model, and one of month, day, hour, "
      "with commas between");
  used->add_option("--from", fields->from,
                   "The first day or month, like 2026-11-01; default the month of --to");
  used->add_option("--to", fields->to, "The last day or month, included; default today");
  used->add_option("--month", fields->month, "A whole month, like 2026-11");
  used->callback([&context, fields] {
    context.offers_csv = true;
    context.command = [&context, fields] { return report(context, *fields); };
  });

  CLI::App* bill = usage->add_subcommand("invoice", "A month under the tenant's rating rules; also as csv");
  bill->add_option("--month", fields->month, "Like 2026-11, in the tenant's time zone")->required();
  bill->callback([&context, fields] {
    context.offers_csv = true;
    context.command = [&context, fields] { return invoice(context, *fields); };
  });
}

}  // namespace bailiwick::cli
