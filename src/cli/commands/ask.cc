// ask and retrieve
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

struct AskFields {
  std::string text;
  std::string collection;
  std::int64_t top_k = 0;
  std::string group_by = "chunk";
};

Result<json::value> put_question(const Context& context, const std::string& path, json::object body,
                                 const AskFields& fields) {
  TRY(std::string tenant, required_tenant(context));
  if (!fields.collection.empty()) body["collection"] = json::string(fields.collection);
  if (fields.top_k > 0) body["top_k"] = fields.top_k;
  TRY(ApiAnswer answer, ApiClient(context).call({.method = "POST",
                                                 .path = path,
                                                 .body = json::serialize(body),
                                                 .headers = {{"X-Bailiwick-Tenant", tenant}}}));
  return answer.json();
}

Result<Exit> ask(const Context& context, const AskFields& fields) {
  TRY(json::value value, put_question(context, "/v1/ask", {{"question", json::string(fields.text)}}, fields));
  if (context.format != Format::kTable) {
    print_value(context, value);
    return Exit::kOk;
  }
  *context.out << std::string_view(value.at("answer").as_string()) << "\n\n";
  std::size_t number = 1;
  for (const json::value& citation : value.at("citations").as_array()) {
    *context.out << fmt::format("  [{}] {} ({}-{})\n", number++,
                                std::string_view(citation.at("document_id").as_string()),
                                citation.at("start").as_int64(), citation.at("end").as_int64());
  }
  *context.out << fmt::format("\ncost {} USD   lineage {}\n",
                              std::string_view(value.at("cost_usd").as_string()),
                              std::string_view(value.at("lineage_id").as_string()));
  return Exit::kOk;
}

Result<Exit> retrieve(const Context& context, const AskFields& fields) {
  json::object body{{"query", json::string(fields.text)}, {"group_by", json::string(fields.group_by)}};
  TRY(json::value value, put_question(context, "/v1/retrieve", std::move(body), fields));
  print_rows(context, value, value.at("results").as_array(),
             {{"SCORE", "score"}, {"TRUST", "trust"}, {"DOCUMENT", "document_id"}, {"TEXT", "text"}});
  return Exit::kOk;
}

}  // namespace

void add_ask(CLI::App& app, Context& context) {
  auto fields = std::make_shared<AskFields>();
  CLI::App* question =
      app.add_subcommand("ask", "Answer a question from a tenant's documents, with citations");
  question->add_option("question", fields->text, "The question")->required();
  question->callback(
      [&context, fields] { context.command = [&context, fields] { return ask(context, *fields); }; });
  CLI::App* search = app.add_subcommand("retrieve", "Find passages in a tenant's documents");
  search->add_option("query", fields->text, "What to look for")->required();
  search->add_option("--group-by", fields->group_by, "chunk or document")->capture_default_str();
  search->callback(
      [&context, fields] { context.command = [&context, fields] { return retrieve(context, *fields); }; });
  for (CLI::App* command : {question, search}) {
    command->add_option("--collection", fields->collection, "Only this collection");
    command->add_option("--top-k", fields->top_k, "How many passages; default: the tenant's policy");
  }
}

}  // namespace bailiwick::cli
