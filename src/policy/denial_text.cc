#include "policy/denial_text.h"

#include <fmt/format.h>

namespace bailiwick::policy {

std::string denial_text(const cedar::Policy& policy) {
  std::string reason = policy.annotation("reason"), remedy = policy.annotation("remedy");
  if (reason.empty()) reason = fmt::format("`{}` forbids this", policy.id);
  return remedy.empty() ? reason : fmt::format("{}; {}", reason, remedy);
}

}  // namespace bailiwick::policy
