// evaluate: are these scores good enough, by a tenant's thresholds and rules? A gate for pipelines.
#include <charconv>
#include <cmath>
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "base/files.h"
#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;

struct EvaluateArguments {
  std::vector<std::string> scores;
  std::string file;
  std::int64_t samples = 0;
};

/// `faithfulness=0.91`
Status add_score(json::object& scores, std::string_view word) {
  std::size_t equals = word.rfind('=');
  std::string_view name = word.substr(0, equals),
                   text = equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool is_number =
      !text.empty() && error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
  if (name.empty() || !is_number) {
    return fail(
        ErrorCode::kInvalid, "usage.score",
        fmt::format("'{}' is no score; write its name and a number: faithfulness=0.91", excerpt(word)));
  }
  if (scores.emplace(name, value).second) return {};
  return fail(ErrorCode::kInvalid, "usage.score", fmt::format("'{}' is given twice", excerpt(name)));
}

Result<json::object> scores_of(const EvaluateArguments& arguments) {
  if (arguments.scores.empty() == arguments.file.empty()) {
    return fail(ErrorCode::kInvalid, "usage.score",
                "give scores, like faithfulness=0.91, or --file, not both");
  }
  if (!arguments.file.empty()) {
    TRY(std::string text, read_file(arguments.file, kMaxFile));
    return parse_json_object(text);
  }
  json::object scores;
  for (const std::string& word : arguments.scores) CHECK_OK(add_score(scores, word));
  return scores;
}

void print_judgement(const Context& context, const json::value& view) {
  std::string verdict(view.at("verdict").as_string()), note(view.at("note").as_string());
  *context.out << fmt::format("{}{}{}\n", verdict, note.empty() ? "" : ": ", shown(note));
  const json::array& scores = view.at("scores").as_array();
  if (!scores.empty()) {
    print_rows(context, view, scores,
               {{"SCORE", "score"},
                {"VALUE", "value"},
                {"PASSED", "passed"},
                {"CRITICAL", "critical"},
                {"RULE", "rule"},
                {"REASON", "reason"}});
  }
  for (const json::value& name : view.at("missing").as_array())
    *context.out << fmt::format("not given: {}\n", shown(name.as_string()));
  if (verdict == "fail")
    *context.out << fmt::format("on failure: {}\n", shown(view.at("on_failure").as_string()));
}

Exit exit_of_verdict(std::string_view verdict) {
  if (verdict == "pass") return Exit::kOk;
  return verdict == "unjudged" ? Exit::kUnjudged : Exit::kGateFailed;
}

Result<Exit> evaluate(const Context& context, const EvaluateArguments& arguments) {
  TRY(std::string tenant, required_tenant(context));
  TRY(json::object scores, scores_of(arguments));
  json::object body{{"scores", std::move(scores)}, {"samples", arguments.samples}};
  TRY(ApiAnswer answer, ApiClient(context).call({.method = "POST",
                                                 .path = "/v1/evaluations/judge",
                                                 .body = json::serialize(body),
                                                 .headers = {{"X-Bailiwick-Tenant", tenant}}}));
  TRY(json::value view, answer.json());
  if (context.format == Format::kTable)
    print_judgement(context, view);
  else
    print_value(context, view);
  return exit_of_verdict(view.at("verdict").as_string());
}

}  // namespace

void add_evaluate(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<EvaluateArguments>();
  CLI::App* evaluated = app.add_subcommand(
      "evaluate",
      "Hold scores to a tenant's thresholds and rules; exit 0 pass, 3 fail, 8 when nothing could be judged");
  evaluated->add_option("score", arguments->scores, "SCORE=VALUE, such as faithfulness=0.91 ndcg@10=0.64");
  evaluated->add_option("--file", arguments->file, "JSON of them: {\"faithfulness\": 0.91}");
  evaluated->add_option("--samples", arguments->samples, "Evaluated answers that the scores are made of")
      ->required();
  evaluated->callback([&context, arguments] {
    context.command = [&context, arguments] { return evaluate(context, *arguments); };
  });
}

}  // namespace bailiwick::cli
