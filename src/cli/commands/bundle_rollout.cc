// bundle rollout: how far new rules reach, and hurrying or stopping them.
#include <memory>

#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

Result<Exit> show_rollout(const Context& context, const std::string& step) {
  TRY(std::string tenant, required_tenant(context));
  ApiRequest request{.path = "/v1/tenants/" + percent_encode(tenant) + "/rollout"};
  if (!step.empty()) {
    request.method = "POST";
    request.body = json::serialize(json::object{{"step", json::string(step)}});
  }
  TRY(ApiAnswer answer, ApiClient(context).call(request));
  TRY(json::value view, answer.json());
  print_object(context, view);
  return Exit::kOk;
}

}  // namespace

void add_bundle_rollout(CLI::App& bundle, Context& context) {
  auto step = std::make_shared<std::string>();
  CLI::App* rollout = bundle.add_subcommand(
      "rollout", "How far the active rules of a tenant reach: to everyone, or stage by stage");
  rollout->add_flag_callback(
      "--approve", [step] { *step = "approve"; }, "What becomes looser is meant, and undoes nothing");
  rollout->add_flag_callback(
      "--finish", [step] { *step = "finish"; }, "The new rules hold for everyone, now");
  rollout->add_flag_callback(
      "--undo", [step] { *step = "undo"; },
      "What they loosen holds for nobody, until another revision comes");
  rollout->callback(
      [&context, step] { context.command = [&context, step] { return show_rollout(context, *step); }; });
}

}  // namespace bailiwick::cli
