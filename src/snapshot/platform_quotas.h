// quotas.yaml of the folder `_platform`: what tenants have when they do not say, and what none may exceed.
//
// A quota of a tenant is its own, else its plan's, else the default of all tenants, else the ceiling; without
// any of them it is unlimited. A tenant may set less or more than its plan, and never more than the ceiling.
#pragma once

#include "snapshot/tenant_declaration.h"

namespace bailiwick::snapshot {

struct PlanQuotas {
  std::array<Quotas, 4> by_plan;
  const Quotas& of(Plan plan) const { return by_plan[static_cast<std::size_t>(plan)]; }
};
template <class Visitor>
void describe(Visitor& v, PlanQuotas& plans) {
  for (const auto& [name, plan] : enum_table(Plan{}))
    v.field(name, plans.by_plan[static_cast<std::size_t>(plan)], "Of a tenant that pays for this plan.");
}

struct PlatformQuotas {
  RequestQuotas installation;  ///< of all tenants together
  Quotas defaults;
  PlanQuotas plans;
  Quotas ceilings;
};

/// `a quota above its ceiling`, or empty when there is none. `whose` begins the sentence.
std::string above_ceiling(const Quotas& quotas, const Quotas& ceilings, std::string_view whose);

template <class Visitor>
void describe(Visitor& v, PlatformQuotas& quotas) {
  v.field("installation", quotas.installation,
          "What all tenants together may use; its days and months begin at midnight UTC.");
  v.field("defaults", quotas.defaults, "What a tenant has when neither it nor its plan says.");
  v.field("plans", quotas.plans, "What a plan gives.");
  v.field("ceilings", quotas.ceilings, "What no tenant may exceed, whatever its own file says.");
  std::string fault = above_ceiling(quotas.defaults, quotas.ceilings, "defaults");
  for (const auto& [name, plan] : enum_table(Plan{})) {
    if (fault.empty()) fault = above_ceiling(quotas.plans.of(plan), quotas.ceilings, name);
  }
  v.require(fault.empty(), fault);
}

/// One quota above its ceiling.
struct Excess {
  std::string key;
  std::string message;
};
std::vector<Excess> excesses(const Quotas& quotas, const Quotas& ceilings);

/// Key of a quota → what set it: `plan`, `defaults` or `ceilings`. A quota that is not there is the tenant's
/// own, or unlimited.
using QuotaOrigins = std::map<std::string, std::string>;

/// Fills what `own` does not say, and tells where each came from.
QuotaOrigins inherit(Quotas& own, Plan plan, const PlatformQuotas& platform);

}  // namespace bailiwick::snapshot
