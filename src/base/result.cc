#include "base/result.h"

#include <fmt/format.h>

namespace bailiwick {

void break_invariant(const char* expression, const char* file, int line) {
  throw InvariantViolation(fmt::format("{}:{}: {}", file, line, expression));
}

std::string to_string(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text += fmt::format("{}: {}\n", problem.where, problem.message);
  return text;
}

}  // namespace bailiwick
