// policy explain: a recorded decision, decided again by the server, and told to a reader.
#include <memory>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/explanation.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

/// A sequence from 1 on, or a request id as the server writes or takes one.
Status check_record(std::string_view record) {
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  bool is_number = record.find_first_not_of(kDigits) == std::string_view::npos;
  bool good =
      !record.empty() && record.size() <= 128 && record.find_first_not_of(kPlain) == std::string_view::npos;
  if (good && (!is_number || record.find_first_not_of('0') != std::string_view::npos)) return {};
  return fail(
      ErrorCode::kInvalid, "usage.record",
      fmt::format("'{}' names no record: give its sequence, which `bailiwick ledger tail` shows, or the "
                  "request id of the answer's X-Request-Id",
                  excerpt(record)));
}

Result<Exit> explain(const Context& context, const std::string& record) {
  CHECK_OK(check_record(record));
  TRY(std::string tenant, required_tenant(context));
  TRY(ApiAnswer answer,
      ApiClient(context).call({.path = "/v1/ledger/records/" + percent_encode(record) + "/explanation",
                               .headers = {{"X-Bailiwick-Tenant", tenant}}}));
  TRY(json::value view, answer.json());
  if (context.format != Format::kTable) {
    print_value(context, view);
    return Exit::kOk;
  }
  print_explanation(context, view.as_object());
  return Exit::kOk;
}

}  // namespace

void add_policy_explain(CLI::App& policy, Context& context) {
  auto record = std::make_shared<std::string>();
  CLI::App* explained = policy.add_subcommand(
      "explain", "Decide a recorded request again, by the rules of then and of now, and say why");
  explained
      ->add_option("record", *record,
                   "A record of the tenant's ledger: its sequence (see `ledger tail`), or the request's id")
      ->required();
  explained->callback(
      [&context, record] { context.command = [&context, record] { return explain(context, *record); }; });
}

}  // namespace bailiwick::cli
