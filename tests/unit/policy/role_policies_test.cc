// The policies of roles and scopes are valid Cedar, and decide exactly what the table of roles says.
#include "policy/role_policies.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "policy/cedar/format.h"
#include "policy/cedar/parser.h"
#include "policy/cedar/validator.h"
#include "policy/operations.h"
#include "policy/role_table.h"

namespace bailiwick::policy {
namespace {

using tenancy::Action, tenancy::Principal, tenancy::Role, tenancy::RoleBinding;

const tenancy::TenantId kAcme = tenancy::TenantId::parse("acme-corp").value();
const std::vector<std::optional<tenancy::ProgramId>> kPrograms = {
    std::nullopt, tenancy::ProgramId::parse("blue").value(), tenancy::ProgramId::parse("green").value()};
const std::vector<std::optional<tenancy::NamespaceId>> kNamespaces = {
    std::nullopt, tenancy::NamespaceId::parse("lab").value()};

std::vector<Role> all_roles() {
  std::vector<Role> roles;
  for (const auto& [name, role] : tenancy::enum_table(Role{})) roles.push_back(role);
  return roles;
}
std::vector<Action> all_actions() {
  std::vector<Action> actions;
  for (const tenancy::ActionInfo& info : tenancy::kActions) actions.push_back(info.action);
  return actions;
}

TEST(RolePolicies, AreValidInTheirVocabulary) {
  auto schema = cedar::parse_schema(operations_schema_text(Vocabulary::kRoles), "schema");
  ASSERT_TRUE(schema) << to_string(schema.error().problems);
  auto policies = cedar::parse_policies(role_policies_text(), "roles");
  ASSERT_TRUE(policies);
  EXPECT_EQ(policies->size(), 2 * all_roles().size() + tenancy::kActions.size());
  for (const cedar::Policy& policy : *policies) {
    cedar::Validation found = cedar::validate(policy, *schema);
    EXPECT_TRUE(found.errors.empty()) << cedar::to_string(policy);
  }
}

// No rule of a tenant's may name what the roles alone know.
TEST(RolePolicies, TheirVocabularyIsNotThatOfRules) {
  for (const char* name : {"TenantRole", "platform-admin", "tenants.create", "\"installation\""}) {
    EXPECT_EQ(operations_schema_text().find(name), std::string::npos) << name;
    EXPECT_NE(operations_schema_text(Vocabulary::kRoles).find(name), std::string::npos) << name;
  }
}

/// The table read without Cedar.
bool adds(Role role, Action action) {
  for (const RoleRow& row : role_table()) {
    if (row.role != role) continue;
    return std::ranges::find(row.adds, action) != row.adds.end() ||
           (row.includes && adds(*row.includes, action));
  }
  return false;
}
bool covers(std::string scope, std::string_view action) {
  std::ranges::replace(scope, ':', '.');
  if (scope.ends_with(".*")) return action.starts_with(scope.substr(0, scope.size() - 1));
  return scope == "*" || scope == action;
}
bool permits(const RoleBinding& binding, const Question& question) {
  bool of_platform = binding.role == Role::kPlatformAdmin;
  if (of_platform != question.principal.is_platform_admin() || !adds(binding.role, question.action))
    return false;
  auto parts = partitioned_actions();
  bool narrow = binding.program || binding.name_space;
  if (narrow && std::ranges::find(parts, question.action) == parts.end()) return false;
  return reaches(binding, question);
}
std::string expected(const Question& question) {
  const Principal& principal = question.principal;
  std::string_view action = tenancy::name_of(question.action);
  if (!principal.scopes.empty() &&
      std::ranges::none_of(principal.scopes, [&](const std::string& scope) { return covers(scope, action); }))
    return "scope";
  return std::ranges::any_of(principal.bindings, [&](const RoleBinding& b) { return permits(b, question); })
             ? "allowed"
             : "role";
}

RoleBinding some_binding() {
  return {.role = *rc::gen::elementOf(all_roles()),
          .program = *rc::gen::elementOf(kPrograms),
          .name_space = *rc::gen::elementOf(kNamespaces)};
}

RC_GTEST_PROP(RolePoliciesProperty, DecideWhatTheTableSays, ()) {
  Principal principal{.subject = "token:tok_1", .tenant = {}, .bindings = {}, .scopes = {}};
  if (*rc::gen::arbitrary<bool>()) principal.tenant = kAcme;
  for (int left = *rc::gen::inRange(0, 4); left > 0; --left) principal.bindings.push_back(some_binding());
  principal.scopes = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("*", "ask", "corpus.*", "corpus:*", "corpus.read", "runs:read",
                                    "models.chat", "tenants.*", "corp*", ".*", "", "ask.*"));
  auto program = *rc::gen::elementOf(kPrograms);
  auto name_space = *rc::gen::elementOf(kNamespaces);
  for (Action action : all_actions()) {
    Question question{.principal = principal,
                      .action = action,
                      .tenant = principal.tenant ? &kAcme : nullptr,
                      .program = program ? &*program : nullptr,
                      .name_space = name_space ? &*name_space : nullptr};
    RoleAnswer answer = ask_roles(question);
    std::string found = answer.permitted                        ? "allowed"
                        : answer.reason == "scope.insufficient" ? "scope"
                                                                : "role";
    RC_ASSERT(found == expected(question));
    RC_ASSERT(!answer.permitted || answer.reason.starts_with("role."));
    RoleAnswer fresh =
        described(question, [](const cedar::Request& operation) { return ask_roles(operation); });
    RC_ASSERT(fresh.permitted == answer.permitted && fresh.reason == answer.reason);
  }
}

TEST(RolePolicies, ADenialSaysWhatIsMissing) {
  Principal viewer{.subject = "s", .tenant = kAcme, .bindings = {{.role = Role::kViewer}}, .scopes = {}};
  Question question{.principal = viewer, .action = Action::kAsk, .tenant = &kAcme};
  EXPECT_EQ(ask_roles(question).reason, "role.insufficient");
  viewer.scopes = {"corpus.read"};
  EXPECT_EQ(ask_roles(question).reason, "scope.insufficient");
}

}  // namespace
}  // namespace bailiwick::policy
