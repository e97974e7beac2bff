// One function per noun adds its commands to the parser; the chosen one sets Context::command.
#pragma once

#include <CLI/App.hpp>

#include "cli/context.h"

namespace bailiwick::cli {

void add_tenants(CLI::App& app, Context& context);
void add_tokens(CLI::App& app, Context& context);
void add_corpus(CLI::App& app, Context& context);
void add_ask(CLI::App& app, Context& context);
void add_ledger(CLI::App& app, Context& context);
void add_bundle(CLI::App& app, Context& context);
void add_prices(CLI::App& app, Context& context);
void add_config(CLI::App& app, Context& context);
void add_eval(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_api(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);

}  // namespace bailiwick::cli
