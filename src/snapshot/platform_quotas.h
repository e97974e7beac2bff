// quotas.yaml of the folder `_platform`: what tenants have when they do not say, and what none may exceed.
//
// A quota of a tenant is its own, else its plan's, else the default of all tenants, else the ceiling; without
// any of them it is unlimited. A tenant may set less or more than its plan, and never more than the ceiling.
#pragma once

#include "metering/shared_upstreams.h"
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

/// A number for each plan.
struct PlanNumbers {
  std::array<std::int64_t, 4> by_plan{};
  std::int64_t of(Plan plan) const { return by_plan[static_cast<std::size_t>(plan)]; }
};

/// A provider whose calls at one time are scarce, shared between the tenants that call it.
struct UpstreamShare {
  std::int64_t slots = 1;
  PlanNumbers reserved;
  std::int64_t dedicated = 0;
  std::optional<std::int64_t> spare;
  std::int64_t longest_queue = 64;
  std::chrono::milliseconds target{1'000};
  std::chrono::milliseconds longest{10'000};
};
template <class Visitor>
void describe(Visitor& v, PlanNumbers& numbers) {
  for (const auto& [name, plan] : enum_table(Plan{}))
    v.field(name, numbers.by_plan[static_cast<std::size_t>(plan)], "Of this plan.",
            {.min = 0, .max = 100'000});
}
template <class Visitor>
void describe(Visitor& v, UpstreamShare& share) {
  constexpr Rule kSlots{.min = 0, .max = 100'000};
  v.required("max_concurrent", share.slots, "Calls of all tenants that may be under way at one time.",
             {.min = 1, .max = 100'000});
  v.field("reserved", share.reserved, "Of these, so many are kept for tenants of a plan.");
  v.field("dedicated", share.dedicated,
          "Beside these, so many for each tenant whose isolation has compute of its own.", kSlots);
  v.field(
      "spare", share.spare,
      "Of these, so many are left free by tenants beyond their share for those within theirs. Absent = an "
      "eighth.",
      kSlots);
  v.field("queue", share.longest_queue, "Calls of one tenant that may wait; one more is 429.",
          {.min = 1, .max = 100'000});
  v.field("max_wait", share.longest, "The most that a call waits; then it is 503.");
  v.field("target_wait", share.target,
          "The most that it waits while its tenant's queue has not been empty for max_wait.");
  v.require(share.longest.count() > 0 && share.longest <= std::chrono::minutes(10),
            "max_wait: write more than 0 and at most 10m");
  v.require(share.target.count() > 0 && share.target <= share.longest,
            "target_wait: write more than 0 and at most max_wait");
  std::int64_t kept = 0;
  for (std::int64_t number : share.reserved.by_plan) kept += number;
  v.require(kept <= share.slots, "reserved: is more than max_concurrent");
  v.require(share.spare.value_or(0) < share.slots, "spare: must be less than max_concurrent");
}
/// `host` or `host:port`, lower case, as it stands in base_url.
bool is_host(std::string_view text);

struct PlatformQuotas {
  RequestQuotas installation;  ///< of all tenants together
  Quotas defaults;
  PlanQuotas plans;
  Quotas ceilings;
  PlanNumbers weights{{1, 2, 4, 8}};               ///< of a tenant's calls where they wait for a provider
  std::map<std::string, UpstreamShare> upstreams;  ///< by host[:port]

  metering::SharedUpstreams::Rules upstream_rules() const;
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
  v.field("weights", quotas.weights,
          "Shares of a scarce provider: 8 gets eight times what 1 gets. 0 counts as 1.");
  v.field("upstreams", quotas.upstreams,
          "Providers whose calls at one time are scarce, by host or host:port as in base_url.",
          {.max_length = 100});
  for (const auto& [host, share] : quotas.upstreams)
    v.require(is_host(host), "upstreams: write a host or host:port in lower case, like api.openai.com");
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
