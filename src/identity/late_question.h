// A late question: the rules asked once more, when the work has come to know what the door could not: how old
// the document is, where the provider stands. Roles and scopes were decided at the door, and the permit
// proves it; nothing here makes one.
#pragma once

#include "policy/kernel.h"
#include "snapshot/tenant_snapshot.h"
#include "tenancy/permit.h"

namespace bailiwick::identity {

/// Who asks for what: of a permit, which it does not outlive.
struct Permitted {
  const tenancy::Principal& principal;
  tenancy::Action action;
  const tenancy::TenantScope& scope;

  template <tenancy::Action A>
  static Permitted by(const tenancy::Permit<A>& permit) {
    return {permit.principal(), A, permit.scope()};
  }
};

/// `resource` is the one that the door asked about, so that the question is the same but for its facts. Pure
/// and quick. Errors: kForbidden with the reason of the rule that denies, such as `sovereignty.retention`.
Status check_facts(const Permitted& permitted, const snapshot::TenantSnapshot& snapshot,
                   std::string_view resource, const policy::Facts& facts, WallTime now);

}  // namespace bailiwick::identity
