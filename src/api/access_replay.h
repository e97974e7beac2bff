// AccessReplay: recorded evaluations (access_record.h) decided again, by the same or by other policies.
//
// Pure. What was kept as a hash, or was refused before it was decided, cannot be decided again; it says so.
#pragma once

#include "base/json.h"
#include "policy/access.h"

namespace bailiwick::api {

struct ReplayedEvaluation {
  std::optional<bool> allowed;  ///< nothing: it could not be decided again
  std::string why_not;
  std::string policy;          ///< that decided; empty when nothing permits
  std::string reason;          ///< of a denial
  std::optional<bool> agrees;  ///< with the record: the same answer, and of a denial by the same policy
};

class AccessReplay {
 public:
  /// `policies` may be null: then `why_not` says why there are none. Both outlive it.
  AccessReplay(const policy::AccessPolicies* policies, std::string_view why_not)
      : policies_(policies), why_not_(why_not) {}

  /// An item of `extra.evaluations`. All of them together take no more work than one request may.
  ReplayedEvaluation decide(const json::object& recorded);

 private:
  const policy::AccessPolicies* const policies_;
  const std::string_view why_not_;
  std::uint64_t steps_ = 0;
};

}  // namespace bailiwick::api
