#include <cstring>
#include <iostream>

#include <unistd.h>

#include "app/serve_command.h"
#include "base/clock.h"
#include "bundles/process_sandbox.h"
#include "bundles/sandbox_child.h"
#include "bundles/sandbox_fork_server.h"
#include "cli/command_line.h"

namespace {

std::map<std::string, std::string> environment_of(char** variables) {
  std::map<std::string, std::string> environment;
  for (; *variables != nullptr; ++variables) {
    if (const char* equals = std::strchr(*variables, '=')) {
      environment.emplace(std::string(*variables, static_cast<std::size_t>(equals - *variables)), equals + 1);
    }
  }
  return environment;
}

}  // namespace

int main(int argc, char** argv, char** envp) {
  // Before anything else: what it does not do it need not be kept from doing.
  if (argc == 2 && std::strcmp(argv[1], bailiwick::bundles::kForkServerVerb) == 0) {
    bailiwick::bundles::warm_up_sandbox();
    bailiwick::bundles::run_fork_server(bailiwick::bundles::run_sandbox_child);
  }
  bailiwick::SystemClock clock;
  bailiwick::bundles::ProcessSandbox sandbox(clock);
  bailiwick::cli::Context context;
  context.sandbox = &sandbox;
  context.environment = environment_of(envp);
  context.out = &std::cout;
  context.err = &std::cerr;
  context.terminal_out = isatty(STDOUT_FILENO) == 1;
  context.terminal_err = isatty(STDERR_FILENO) == 1;
  return bailiwick::cli::run_command_line({argv + 1, argv + argc}, context, {bailiwick::app::add_serve});
}
