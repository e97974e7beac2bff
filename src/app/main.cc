#include <cstring>
#include <iostream>

#include <unistd.h>

#include "app/serve_command.h"
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
  bailiwick::cli::Context context;
  context.environment = environment_of(envp);
  context.out = &std::cout;
  context.err = &std::cerr;
  context.terminal_out = isatty(STDOUT_FILENO) == 1;
  context.terminal_err = isatty(STDERR_FILENO) == 1;
  return bailiwick::cli::run_command_line({argv + 1, argv + argc}, context, {bailiwick::app::add_serve});
}
