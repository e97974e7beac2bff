// RoleKernel: the kernel of the house: roles and scopes, then guardrails, then the tenant's rules.
#pragma once

#include "policy/kernel.h"

namespace bailiwick::policy {

/// Decides by the policies of roles and scopes (role_policies.h), then by the rules of the platform and of
/// the tenant (rules.h). The platform admin is no principal of a tenant: its rules do not bind it. The border
/// between tenants is no policy: nothing that is written moves it. Pure.
class RoleKernel final : public Kernel {
 public:
  Decision decide(const Question& question) const override;
};

}  // namespace bailiwick::policy
