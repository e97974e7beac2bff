// ledger tail|export|verify|checkpoint
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include <fmt/format.h>

#include "base/files.h"
#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "ledger/verify.h"

namespace bailiwick::cli {
namespace {

const std::vector<Column> kLedgerColumns{
    {"SEQ", "sequence"},        {"TIME", "timestamp"},    {"KIND", "kind"},
    {"ACTION", "action"},       {"DECISION", "decision"}, {"STATUS", "status"},
    {"PRINCIPAL", "principal"}, {"COST", "cost_usd"},     {"REASON", "reason"}};

struct LedgerFields {
  std::int64_t lines = 20;
  std::string output;
  std::string file;
  std::string checkpoint;
};

net::Headers tenant_header(const std::string& tenant) {
  return {{"X-Bailiwick-Tenant", tenant}};
}

Result<Exit> tail(const Context& context, const LedgerFields& fields) {
  TRY(std::string tenant, required_tenant(context));
  std::string count = std::to_string(fields.lines);
  TRY(ApiAnswer answer, ApiClient(context).call({.path = with_query("/v1/ledger/records",
                                                                    {{"tail", count}, {"page_size", count}}),
                                                 .headers = tenant_header(tenant)}));
  TRY(json::value page, answer.json());
  json::array records;
  for (const json::value& entry : page.at("entries").as_array()) records.push_back(entry.at("record"));
  json::value whole = records;
  print_rows(context, whole, records, kLedgerColumns);
  return Exit::kOk;
}

Status export_to(const Context& context, std::ostream& out) {
  TRY(std::string tenant, required_tenant(context));
  return ApiClient(context).stream(
      {.path = "/v1/ledger/export", .headers = tenant_header(tenant)}, [&](std::string_view bytes) -> Status {
        out << bytes;
        if (out.good()) return {};
        return fail(ErrorCode::kUnavailable, "file.unwritable", "the output cannot be written");
      });
}

Result<Exit> export_chain(const Context& context, const LedgerFields& fields) {
  if (fields.output.empty() || fields.output == "-") {
    CHECK_OK(export_to(context, *context.out));
    return Exit::kOk;
  }
  std::ofstream file(fields.output, std::ios::binary);
  if (!file) return fail(ErrorCode::kInvalid, "file.unwritable", fields.output + ": cannot be written");
  CHECK_OK(export_to(context, file));
  file.close();
  if (!file)
    return fail(ErrorCode::kUnavailable, "file.unwritable", fields.output + ": could not be written whole");
  *context.err << "Wrote " << fields.output << "\n";
  return Exit::kOk;
}

Result<Exit> checkpoint(const Context& context) {
  TRY(std::string tenant, required_tenant(context));
  TRY(ApiAnswer answer,
      ApiClient(context).call({.path = "/v1/ledger/checkpoint", .headers = tenant_header(tenant)}));
  *context.out << answer.body << '\n';
  return Exit::kOk;
}

Result<Exit> report(const Context& context, const ledger::VerifyReport& found) {
  json::array problems;
  for (const Problem& problem : found.problems) {
    problems.push_back(
        json::object{{"where", json::string(problem.where)}, {"message", json::string(problem.message)}});
  }
  json::object whole{
      {"tenant", json::string(found.tenant)},
      {"records", found.records},
      {"head", json::object{{"sequence", found.head.sequence}, {"hash", json::string(found.head.hash)}}},
      {"intact", found.problems.empty()},
      {"anchored", found.anchored},
      {"anchored_through", found.anchored_through},
      {"problems", problems}};
  if (context.format != Format::kTable) {
    print_value(context, whole);
  } else {
    for (const Problem& problem : found.problems)
      *context.out << problem.where << ": " << problem.message << '\n';
    *context.out << fmt::format(
        "{}: {} records, {}; {}\n", found.tenant, found.records,
        found.problems.empty()
            ? "chain intact"
            : fmt::format("{} fault{}", found.problems.size(), found.problems.size() == 1 ? "" : "s"),
        found.anchored ? fmt::format("anchored through record {}", found.anchored_through)
                       : "the tail is not anchored: give --checkpoint FILE to show truncation");
  }
  return found.problems.empty() ? Exit::kOk : Exit::kGateFailed;
}

Result<Exit> verify(const Context& context, const LedgerFields& fields) {
  std::optional<ledger::Checkpoint> anchor;
  if (!fields.checkpoint.empty()) {
    TRY(std::string text, read_file(fields.checkpoint, 64 << 10));
    TRY(anchor, ledger::Checkpoint::parse(text));
  }
  if (!fields.file.empty()) {
    std::ifstream file(fields.file, std::ios::binary);
    if (!file) return fail(ErrorCode::kNotFound, "file.not_found", fields.file + ": cannot be read");
    TRY(ledger::VerifyReport found, ledger::verify_export(file, anchor));
    return report(context, found);
  }
  std::stringstream chain;
  CHECK_OK(export_to(context, chain));
  TRY(ledger::VerifyReport found, ledger::verify_export(chain, anchor));
  return report(context, found);
}

}  // namespace

void add_ledger(CLI::App& app, Context& context) {
  CLI::App* ledger = app.add_subcommand("ledger", "Read, export and verify what happened");
  ledger->require_subcommand(1);
  auto fields = std::make_shared<LedgerFields>();

  CLI::App* last = ledger->add_subcommand("tail", "The last records");
  last->add_option("-n,--lines", fields->lines, "How many")->check(CLI::Range(1, 500))->capture_default_str();
  last->callback(
      [&context, fields] { context.command = [&context, fields] { return tail(context, *fields); }; });

  CLI::App* out = ledger->add_subcommand("export", "The whole chain as JSON lines");
  out->add_option("--output", fields->output, "File; default stdout");
  out->callback([&context, fields] {
    context.command = [&context, fields] { return export_chain(context, *fields); };
  });

  CLI::App* head = ledger->add_subcommand("checkpoint", "The chain's head; keep it away from the server");
  head->callback([&context] { context.command = [&context] { return checkpoint(context); }; });

  CLI::App* check = ledger->add_subcommand("verify", "Check every hash and sequence; exit 3 on a fault");
  check->add_option("--file", fields->file, "An export to check offline; default: fetch from the server");
  check->add_option("--checkpoint", fields->checkpoint,
                    "A checkpoint kept elsewhere: shows truncation and rewriting");
  check->callback(
      [&context, fields] { context.command = [&context, fields] { return verify(context, *fields); }; });
}

}  // namespace bailiwick::cli
