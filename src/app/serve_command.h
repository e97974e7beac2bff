// `bailiwick serve`: the server in the foreground, until SIGTERM or SIGINT; SIGHUP reads the bundles again.
#pragma once

#include <CLI/App.hpp>

#include "cli/context.h"

namespace bailiwick::app {

void add_serve(CLI::App& app, cli::Context& context);

}  // namespace bailiwick::app
