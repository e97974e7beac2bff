// prices list|update
#include <memory>
#include <ostream>

#include "base/files.h"
#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

constexpr std::size_t kMaxPriceFile = 64 << 20;

struct PriceFields {
  std::string file;
  bool dry_run = false;
};

Result<Exit> list_prices(const Context& context) {
  TRY(ApiAnswer answer, ApiClient(context).call({.path = "/v1/prices"}));
  TRY(json::value value, answer.json());
  print_rows(context, value, value.at("prices").as_array(),
             {{"MODEL", "model"},
              {"PROVIDER", "provider"},
              {"MODE", "mode"},
              {"INPUT USD/TOKEN", "input_usd_per_token"},
              {"OUTPUT USD/TOKEN", "output_usd_per_token"}});
  return Exit::kOk;
}

Result<Exit> update(const Context& context, const PriceFields& fields) {
  TRY(std::string text, read_file(fields.file, kMaxPriceFile));
  std::string path = with_query("/v1/prices", {{"dry_run", fields.dry_run ? "true" : ""}});
  auto answer = ApiClient(context).call({.method = "PUT", .path = path, .body = std::move(text)});
  if (!answer) {
    for (Problem& problem : answer.error().problems) problem.where = fields.file + problem.where;
    return std::unexpected(std::move(answer.error()));
  }
  TRY(json::value value, answer->json());
  print_object(context, value);
  return Exit::kOk;
}

}  // namespace

void add_prices(CLI::App& app, Context& context) {
  CLI::App* prices = app.add_subcommand("prices", "What models cost in this installation");
  prices->require_subcommand(1);
  auto fields = std::make_shared<PriceFields>();
  prices->add_subcommand("list", "Every model with a price")->callback([&context] {
    context.command = [&context] { return list_prices(context); };
  });
  CLI::App* replace =
      prices->add_subcommand("update", "Replace the prices by a file in LiteLLM's format, whole");
  replace->add_option("file", fields->file, "model_prices_and_context_window.json")->required();
  replace->add_flag("--dry-run", fields->dry_run, "Check everything and change nothing");
  replace->callback(
      [&context, fields] { context.command = [&context, fields] { return update(context, *fields); }; });
}

}  // namespace bailiwick::cli
