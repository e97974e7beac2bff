// The whole command line: global options, every command, help and exit codes.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/context.h"

namespace bailiwick::cli {

/// Adds a command that this room must not know, such as `serve`.
using AddCommand = std::function<void(CLI::App& app, Context& context)>;

/// Parses `arguments` (without the program's name), runs the command, prints what went wrong. Never throws.
int run_command_line(std::vector<std::string> arguments, Context& context,
                     const std::vector<AddCommand>& more);

}  // namespace bailiwick::cli
