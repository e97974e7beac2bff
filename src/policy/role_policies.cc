#include "policy/role_policies.h"

#include <algorithm>

#include <boost/unordered/unordered_flat_map.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "policy/cedar/parser.h"
#include "policy/cedar/policy_set.h"
#include "policy/operations.h"
#include "policy/role_table.h"

namespace bailiwick::policy {
namespace {

using tenancy::Action, tenancy::Role;

constexpr std::string_view kRolePrefix = "role.", kScopePrefix = "scope.", kPartSuffix = ".part";
constexpr std::string_view kNoRole = "role.insufficient", kNoScope = "scope.insufficient";

/// With what the roles below it may do, in order of the table of actions.
std::vector<Action> actions_of(Role role) {
  std::vector<Action> actions;
  for (const RoleRow& row : role_table()) {
    if (row.role != role) continue;
    if (row.includes) actions = actions_of(*row.includes);
    actions.insert(actions.end(), row.adds.begin(), row.adds.end());
  }
  std::ranges::sort(actions);
  actions.erase(std::ranges::unique(actions).begin(), actions.end());
  return actions;
}

std::string action_uid(Action action) {
  return fmt::format("{}::\"{}\"", kOperationType, tenancy::name_of(action));
}

/// `group` is what the principal must be in: the role wherever it reaches, or in the whole tenant.
std::string permit(std::string_view id, std::string_view group, Role role,
                   const std::vector<Action>& actions) {
  std::vector<std::string> names;
  std::ranges::transform(actions, std::back_inserter(names), action_uid);
  return fmt::format(
      "@id(\"{}\")\npermit (\n  principal in Bailiwick::{}::\"{}\",\n  action in [{}],\n  resource\n);\n", id,
      group, name_of(role), fmt::join(names, ", "));
}

std::string permits_of(Role role) {
  std::vector<Action> whole, part;
  for (Action action : actions_of(role)) {
    bool partitioned = std::ranges::find(partitioned_actions(), action) != partitioned_actions().end();
    (partitioned ? part : whole).push_back(action);
  }
  std::string id = fmt::format("{}{}", kRolePrefix, name_of(role));
  return permit(id, "TenantRole", role, whole) +
         permit(fmt::format("{}{}", id, kPartSuffix), "Role", role, part);
}

/// Every way to write a scope that covers the operation.
std::string scope_forbid(Action action) {
  std::string_view name = tenancy::name_of(action);
  std::vector<std::string> scopes = {"\"*\"", fmt::format("\"{}\"", name)};
  if (std::size_t dot = name.find('.'); dot != std::string_view::npos) {
    std::string_view family = name.substr(0, dot), rest = name.substr(dot + 1);
    scopes.push_back(fmt::format("\"{}:{}\"", family, rest));
    scopes.push_back(fmt::format("\"{}.*\"", family));
    scopes.push_back(fmt::format("\"{}:*\"", family));
  }
  return fmt::format(
      "@id(\"{}{}\")\nforbid (\n  principal,\n  action == {},\n  resource\n) unless {{\n"
      "  principal.scopes.isEmpty() || principal.scopes.containsAny([{}])\n}};\n",
      kScopePrefix, name, action_uid(action), fmt::join(scopes, ", "));
}

std::string write_policies() {
  std::string text;
  for (const RoleRow& row : role_table()) text += permits_of(row.role);
  for (const tenancy::ActionInfo& info : tenancy::kActions) text += scope_forbid(info.action);
  return text;
}

struct Compiled {
  cedar::PolicySet set;
  std::vector<std::string> reasons;  // by policy: what it says when it decides
};

/// `role.operator` of the permit `role.operator.part`; of a forbid what is missing.
std::string reason_of(std::string_view id) {
  if (!id.starts_with(kRolePrefix)) return std::string(kNoScope);
  if (id.ends_with(kPartSuffix)) id.remove_suffix(kPartSuffix.size());
  return std::string(id);
}

const Compiled& compiled() {
  static const Compiled kCompiled = [] {
    Compiled made;
    std::vector<cedar::Policy> policies = cedar::parse_policies(role_policies_text(), "roles").value();
    for (cedar::Policy& policy : policies) {
      policy.id = policy.annotation("id");
      made.reasons.push_back(reason_of(policy.id));
    }
    made.set = cedar::PolicySet::compile(policies).value();
    return made;
  }();
  return kCompiled;
}

}  // namespace

const std::string& role_policies_text() {
  static const std::string kText = write_policies();
  return kText;
}

RoleAnswer ask_roles(const cedar::Request& operation) {
  thread_local cedar::Scratch scratch;
  const Compiled& roles = compiled();
  cedar::QuickVerdict verdict = roles.set.decide(operation, operation_entities(), scratch);
  if (verdict.deciding == cedar::QuickVerdict::kNobody) return {.permitted = false, .reason = kNoRole};
  return {.permitted = verdict.allowed, .reason = roles.reasons[verdict.deciding]};
}

RoleAnswer ask_roles(const Question& question) {
  auto ask = [&] {
    return described(question, [](const cedar::Request& operation) { return ask_roles(operation); });
  };
  if (!question.principal.scopes.empty()) return ask();
  // All else that the policies look at is the action and the roles.
  thread_local boost::unordered_flat_map<std::uint32_t, RoleAnswer> known;
  const RoleSet roles = roles_in(question);
  const std::uint32_t key =
      static_cast<std::uint32_t>(question.action) << 16 | roles.anywhere << 8 | roles.whole;
  auto answer = known.find(key);
  if (answer == known.end()) answer = known.emplace(key, ask()).first;
  return answer->second;
}

bool role_permits(Role role, Action action) {
  return binding_permits({.role = role}, action);
}

bool binding_permits(const tenancy::RoleBinding& binding, Action action) {
  // Asked where the binding reaches, by somebody of its side who has nothing else.
  static const tenancy::TenantId kSomeTenant = tenancy::TenantId::parse("some-tenant").value();
  tenancy::Principal holder;
  if (binding.role != Role::kPlatformAdmin) holder.tenant = kSomeTenant;
  holder.bindings = {binding};
  return ask_roles({.principal = holder,
                    .action = action,
                    .tenant = &kSomeTenant,
                    .program = binding.program ? &*binding.program : nullptr,
                    .name_space = binding.name_space ? &*binding.name_space : nullptr})
      .permitted;
}

BindingAnswer ask_binding(const tenancy::RoleBinding& binding, const Question& question) {
  if ((binding.role == Role::kPlatformAdmin) != question.principal.is_platform_admin())
    return BindingAnswer::kOfAnother;
  if (!role_permits(binding.role, question.action)) return BindingAnswer::kNotInRole;
  if (!binding_permits(binding, question.action)) return BindingAnswer::kWholeTenant;
  return reaches(binding, question) ? BindingAnswer::kPermits : BindingAnswer::kOutOfReach;
}

bool scopes_cover(std::span<const std::string> scopes, Action action) {
  tenancy::Principal holder;
  holder.bindings = {{.role = Role::kOwner}, {.role = Role::kPlatformAdmin}};
  holder.scopes.assign(scopes.begin(), scopes.end());
  return ask_roles({.principal = holder, .action = action}).reason != kNoScope;
}

}  // namespace bailiwick::policy
