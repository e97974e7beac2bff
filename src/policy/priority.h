// PriorityClass: `@priority("security")`, what a rule serves. It ranks findings, and chooses between two
// thresholds of one score; no permit beats a forbid by it.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace bailiwick::policy {

enum class PriorityClass { kDefault, kTenant, kRegulatory, kSecurity };
constexpr std::array<std::pair<std::string_view, PriorityClass>, 4> enum_table(PriorityClass) {
  return {{{"default", PriorityClass::kDefault},
           {"tenant", PriorityClass::kTenant},
           {"regulatory", PriorityClass::kRegulatory},
           {"security", PriorityClass::kSecurity}}};
}

/// Security and regulation weigh the same.
constexpr int weight(PriorityClass priority) {
  return std::min(static_cast<int>(priority), static_cast<int>(PriorityClass::kRegulatory));
}

}  // namespace bailiwick::policy
