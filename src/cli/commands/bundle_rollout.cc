// bundle rollout: how far new rules reach, and hurrying or stopping them.
#include <memory>

#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

struct RolloutArguments {
  std::string step;      ///< empty: show it
  std::string revision;  ///< empty: the one that is active now
};

Result<Exit> show_rollout(const Context& context, const RolloutArguments& arguments) {
  TRY(std::string tenant, required_tenant(context));
  std::string path = "/v1/tenants/" + percent_encode(tenant) + "/rollout";
  TRY(ApiAnswer answer, ApiClient(context).call({.path = path}));
  TRY(json::value view, answer.json());
  if (!arguments.step.empty()) {
    json::string revision(arguments.revision);
    if (revision.empty()) revision = view.at("revision").as_string();
    json::object body{{"step", json::string(arguments.step)}, {"revision", std::move(revision)}};
    TRY(answer, ApiClient(context).call({.method = "POST", .path = path, .body = json::serialize(body)}));
    TRY(view, answer.json());
  }
  print_object(context, view);
  return Exit::kOk;
}

}  // namespace

void add_bundle_rollout(CLI::App& bundle, Context& context) {
  auto arguments = std::make_shared<RolloutArguments>();
  CLI::App* rollout = bundle.add_subcommand(
      "rollout", "How far the active rules of a tenant reach: to everyone, or stage by stage");
  auto step = [&](const char* flag, const char* word, const char* meaning) {
    auto choose = [arguments, word] { arguments->step = word; };
    return rollout->add_flag_callback(flag, choose, meaning);
  };
  CLI::Option* approve = step("--approve", "approve", "What becomes looser is meant, and undoes nothing");
  CLI::Option* finish = step("--finish", "finish", "The new rules hold for everyone, now");
  CLI::Option* undo =
      step("--undo", "undo", "What they loosen holds for nobody, until another revision comes");
  approve->excludes(finish)->excludes(undo);
  finish->excludes(undo);
  rollout->add_option("--revision", arguments->revision,
                      "The revision that you looked at; refused when another is active by now");
  rollout->callback([&context, arguments] {
    context.command = [&context, arguments] { return show_rollout(context, *arguments); };
  });
}

}  // namespace bailiwick::cli
