// One function per noun adds its commands to the parser; the chosen one sets Context::command.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

#include "base/binding.h"
#include "cli/context.h"

namespace bailiwick::cli {

/// Only the words of an enum; help and completion show them.
template <BoundEnum E>
CLI::IsMember words_of() {
  return CLI::IsMember(enum_words<E>());
}

void add_tenants(CLI::App& app, Context& context);
void add_tokens(CLI::App& app, Context& context);
void add_budgets(CLI::App& app, Context& context);
void add_routes(CLI::App& app, Context& context);
void add_corpus(CLI::App& app, Context& context);
void add_ask(CLI::App& app, Context& context);
void add_ledger(CLI::App& app, Context& context);
void add_bundle(CLI::App& app, Context& context);
/// The verbs of `bundle` that make and check signatures, and those that speak with the server.
void add_bundle_signing(CLI::App& bundle, Context& context);
void add_bundle_server(CLI::App& bundle, Context& context);
void add_bundle_watch(CLI::App& bundle, Context& context);
void add_bundle_rollout(CLI::App& bundle, Context& context);
void add_policy(CLI::App& app, Context& context);
void add_policy_show(CLI::App& policy, Context& context);
void add_policy_conflicts(CLI::App& policy, Context& context);
void add_policy_explain(CLI::App& policy, Context& context);
void add_usage(CLI::App& app, Context& context);
void add_prices(CLI::App& app, Context& context);
void add_config(CLI::App& app, Context& context);
void add_eval(CLI::App& app, Context& context);
void add_evaluate(CLI::App& app, Context& context);
void add_soak(CLI::App& app, Context& context);
void add_capacity(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_api(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);

}  // namespace bailiwick::cli
