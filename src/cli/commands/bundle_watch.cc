// bundle watch|unfreeze: the server's watchdog.
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

enum class Look { kNow, kLast };

Exit print_watch(const Context& context, const json::value& report) {
  const json::array& findings = report.at("findings").as_array();
  print_rows(context, report, findings, {{"KIND", "kind"}, {"SUBJECT", "subject"}, {"MESSAGE", "message"}});
  if (context.format == Format::kTable) {
    if (report.at("checked_at").as_string().empty())
      *context.out << "nothing was checked yet\n";
    else if (findings.empty())
      *context.out << "all is as it was signed and declared\n";
    if (report.at("frozen").as_bool()) *context.out << "changes are frozen\n";
  }
  return findings.empty() ? Exit::kOk : Exit::kGateFailed;
}

Result<Exit> watch_bundles(const Context& context, Look look) {
  TRY(ApiAnswer answer,
      ApiClient(context).call({.method = look == Look::kNow ? "POST" : "GET", .path = "/v1/bundles/watch"}));
  TRY(json::value report, answer.json());
  return print_watch(context, report);
}

Result<Exit> unfreeze_bundles(const Context& context, const std::string& reason) {
  TRY(ApiAnswer answer,
      ApiClient(context).call({.method = "POST",
                               .path = "/v1/bundles/unfreeze",
                               .body = json::serialize(json::object{{"reason", json::string(reason)}})}));
  TRY(json::value report, answer.json());
  print_watch(context, report);
  return Exit::kOk;
}

}  // namespace

void add_bundle_watch(CLI::App& bundle, Context& context) {
  auto last = std::make_shared<bool>(false);
  CLI::App* watch = bundle.add_subcommand(
      "watch", "Compare what holds with what is stored, signed and declared; exit 3 when anything differs");
  watch->add_flag("--last", *last, "Say what was found last, and check nothing");
  watch->callback([&context, last] {
    context.command = [&context, last] { return watch_bundles(context, *last ? Look::kLast : Look::kNow); };
  });

  auto reason = std::make_shared<std::string>();
  CLI::App* unfreeze =
      bundle.add_subcommand("unfreeze", "Take changes again after tampering was looked into");
  unfreeze->add_option("--reason", *reason, "What was found and done; it goes on the record")->required();
  unfreeze->callback([&context, reason] {
    context.command = [&context, reason] { return unfreeze_bundles(context, *reason); };
  });
}

}  // namespace bailiwick::cli
