#include "identity/role_table.h"

#include <algorithm>
#include <bitset>

#include <fmt/format.h>

#include "policy/rules.h"

namespace bailiwick::identity {
namespace {

using tenancy::Action;
using tenancy::Role;

constexpr Action kViewer[] = {Action::kWhoAmI,     Action::kTenantsGet, Action::kUsageRead,
                              Action::kModelsList, Action::kRunsRead,   Action::kRunsEvents};
constexpr Action kAuditor[] = {Action::kLedgerRead, Action::kLedgerExplain, Action::kCorpusRead,
                               Action::kBundlesRead, Action::kTokensList};
constexpr Action kOperator[] = {
    Action::kCorpusRead,   Action::kCorpusWrite, Action::kCorpusDelete, Action::kRetrieve,
    Action::kAsk,          Action::kModelsChat,  Action::kModelsEmbed,  Action::kAccessEvaluate,
    Action::kAccessSearch, Action::kRunsCreate};
constexpr Action kApprover[] = {Action::kLedgerRead, Action::kLedgerExplain, Action::kBundlesRead,
                                Action::kBundlesActivate};
constexpr Action kAdmin[] = {Action::kTenantsUpdate, Action::kTokensCreate, Action::kTokensList,
                             Action::kTokensRevoke,  Action::kTokensRotate, Action::kBundlesPush};
constexpr Action kOwner[] = {Action::kTenantsSuspend, Action::kTenantsDelete};

/// Work that belongs to a program or a namespace when the request names one.
constexpr Action kPartitioned[] = {Action::kWhoAmI,     Action::kRetrieve,   Action::kAsk,
                                   Action::kModelsList, Action::kModelsChat, Action::kModelsEmbed,
                                   Action::kRunsCreate, Action::kRunsRead,   Action::kRunsEvents};

/// The platform admin's row is every action whose reach is the platform or a tenant's management.
constexpr auto kPlatformAdminActions = [] {
  constexpr auto managed = [](const tenancy::ActionInfo& info) {
    return info.reach != tenancy::Reach::kContent;
  };
  std::array<Action, std::ranges::count_if(tenancy::kActions, managed)> actions{};
  std::size_t at = 0;
  for (const tenancy::ActionInfo& info : tenancy::kActions) {
    if (managed(info)) actions[at++] = info.action;
  }
  return actions;
}();

constexpr RoleRow kRows[] = {
    {Role::kViewer, std::nullopt, kViewer},
    {Role::kAuditor, Role::kViewer, kAuditor},
    {Role::kOperator, Role::kViewer, kOperator},
    {Role::kApprover, Role::kOperator, kApprover},
    {Role::kAdmin, Role::kApprover, kAdmin},
    {Role::kOwner, Role::kAdmin, kOwner},
    {Role::kPlatformAdmin, std::nullopt, kPlatformAdminActions},
};

using ActionSet = std::bitset<tenancy::kActions.size()>;

ActionSet collect(Role role) {
  ActionSet set;
  for (const RoleRow& row : kRows) {
    if (row.role != role) continue;
    if (row.includes) set |= collect(*row.includes);
    for (Action action : row.adds) set.set(static_cast<std::size_t>(action));
  }
  return set;
}

const auto& permitted() {
  static const auto sets = [] {
    std::array<ActionSet, std::size(kRows)> all;
    for (const RoleRow& row : kRows) all[static_cast<std::size_t>(row.role)] = collect(row.role);
    return all;
  }();
  return sets;
}

bool scope_covers(std::string_view scope, std::string_view action) {
  if (scope == "*") return true;
  bool prefix = scope.ends_with('*');
  if (prefix) scope.remove_suffix(1);
  if (prefix ? action.size() < scope.size() : action.size() != scope.size()) return false;
  for (std::size_t i = 0; i < scope.size(); ++i) {
    if ((scope[i] == ':' ? '.' : scope[i]) != action[i]) return false;
  }
  return true;
}

constexpr std::string_view kAllowReasons[] = {"role.owner",         "role.admin",   "role.approver",
                                              "role.operator",      "role.auditor", "role.viewer",
                                              "role.platform-admin"};

}  // namespace

std::span<const RoleRow> role_table() {
  return kRows;
}

bool role_permits(Role role, Action action) {
  return permitted()[static_cast<std::size_t>(role)].test(static_cast<std::size_t>(action));
}

bool binding_permits(const tenancy::RoleBinding& binding, Action action) {
  bool narrow = binding.program || binding.name_space;
  return role_permits(binding.role, action) &&
         (!narrow || std::ranges::find(kPartitioned, action) != std::end(kPartitioned));
}

bool scopes_cover(std::span<const std::string> scopes, Action action) {
  if (scopes.empty()) return true;
  return std::ranges::any_of(scopes,
                             [&](const std::string& s) { return scope_covers(s, tenancy::name_of(action)); });
}

BindingAnswer ask_binding(const tenancy::RoleBinding& binding, const policy::Question& question) {
  // The platform's role belongs to who has no tenant, and no other role does.
  if ((binding.role == Role::kPlatformAdmin) != question.principal.is_platform_admin())
    return BindingAnswer::kOfAnother;
  if (!role_permits(binding.role, question.action)) return BindingAnswer::kNotInRole;
  if (!binding_permits(binding, question.action)) return BindingAnswer::kWholeTenant;
  return policy::reaches(binding, question) ? BindingAnswer::kPermits : BindingAnswer::kOutOfReach;
}

policy::Decision RoleKernel::decide(const policy::Question& question) const {
  policy::Decision decision{.reason = "role.insufficient", .policy_revision = std::string(kRolesRevision)};
  const tenancy::Principal& principal = question.principal;
  bool foreign = principal.tenant && (question.tenant == nullptr || *question.tenant != *principal.tenant);
  if (foreign) {
    decision.reason = "tenant.mismatch";
    return decision;
  }
  for (const tenancy::RoleBinding& binding : principal.bindings) {
    if (ask_binding(binding, question) != BindingAnswer::kPermits) continue;
    if (!scopes_cover(principal.scopes, question.action)) {
      decision.reason = "scope.insufficient";
      return decision;
    }
    policy::RulesAnswer rules = policy::ask_rules(question);
    decision.change = rules.change;
    if (auto& denial = rules.denial) {
      decision.reason = std::move(denial->reason);
      decision.message = std::move(denial->message);
      return decision;
    }
    decision.effect = policy::Effect::kAllow;
    decision.reason = kAllowReasons[static_cast<std::size_t>(binding.role)];
    return decision;
  }
  return decision;
}

}  // namespace bailiwick::identity
