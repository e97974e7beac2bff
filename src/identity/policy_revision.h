// PolicyRevision: the rules that a record names, `roles-1+platform-9f…+3c…+before-77…`, taken apart.
#pragma once

#include "base/result.h"

namespace bailiwick::identity {

/// Empty = there were none of that kind.
struct PolicyRevision {
  std::string platform;  ///< revision of the bundle whose guardrails were asked
  std::string tenant;    ///< of the bundle whose rules were asked
  std::string before;    ///< of the bundle whose rules held beside them, during a rollout

  /// Errors: kConflict `record.policy_revision`: this version decides by another table of roles, or did not
  /// write it.
  static Result<PolicyRevision> parse(std::string_view text);
};

}  // namespace bailiwick::identity
