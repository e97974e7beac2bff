// Kernel: the one place that answers "may this principal do this action on this resource, in this context?".
//
// This header is the seam. Today identity::RoleKernel answers from the table of roles; the Cedar engine of
// this room takes its place behind the same interface.
#pragma once

#include <string>
#include <string_view>

#include "tenancy/action.h"
#include "tenancy/principal.h"

namespace bailiwick::policy {

struct Question {
  const tenancy::Principal& principal;
  tenancy::Action action;
  const tenancy::TenantId* tenant = nullptr;         ///< whose data; null for a platform action
  const tenancy::ProgramId* program = nullptr;       ///< the program named by the request, if any
  const tenancy::NamespaceId* name_space = nullptr;  ///< the namespace named by the request, if any
  std::string_view resource = {};                    ///< `document:handbook/3`, empty = the tenant itself
};

enum class Effect { kAllow, kDeny };

struct Decision {
  Effect effect = Effect::kDeny;
  std::string reason;  ///< stable machine word: `role.operator`, `role.insufficient`, `scope.insufficient`
  std::string policy_revision;  ///< of the rules that decided
};

class Kernel {
 public:
  virtual ~Kernel() = default;
  /// Pure and quick: no I/O, no lock.
  virtual Decision decide(const Question& question) const = 0;
};

}  // namespace bailiwick::policy
