// The table of roles, and how roles, their reach and scopes decide.
#include "policy/role_table.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "policy/role_kernel.h"
#include "policy/role_policies.h"

namespace bailiwick::policy {
namespace {

using tenancy::Action, tenancy::Principal, tenancy::Reach, tenancy::Role, tenancy::RoleBinding;

const tenancy::TenantId kAcme = tenancy::TenantId::parse("acme-corp").value();
const tenancy::TenantId kBeta = tenancy::TenantId::parse("beta-inc").value();
const tenancy::ProgramId kBlue = tenancy::ProgramId::parse("blue").value();
const tenancy::ProgramId kGreen = tenancy::ProgramId::parse("green").value();
const tenancy::NamespaceId kLab = tenancy::NamespaceId::parse("lab").value();

std::vector<Role> all_roles() {
  std::vector<Role> roles;
  for (const auto& [name, role] : tenancy::enum_table(Role{})) roles.push_back(role);
  return roles;
}

Principal of_acme(std::vector<RoleBinding> bindings, std::vector<std::string> scopes = {}) {
  return {.subject = "token:tok_1",
          .tenant = kAcme,
          .bindings = std::move(bindings),
          .scopes = std::move(scopes)};
}
Decision ask(const Principal& principal, Action action, const tenancy::ProgramId* program = nullptr,
             const tenancy::NamespaceId* name_space = nullptr) {
  const tenancy::TenantId* tenant = principal.tenant ? &*principal.tenant : nullptr;
  return RoleKernel().decide({.principal = principal,
                              .action = action,
                              .tenant = tenant,
                              .program = program,
                              .name_space = name_space});
}
bool allows(const Principal& principal, Action action, const tenancy::ProgramId* program = nullptr,
            const tenancy::NamespaceId* name_space = nullptr) {
  return ask(principal, action, program, name_space).effect == Effect::kAllow;
}

std::string printed_table() {
  std::string text = fmt::format("{:<18}", "");
  for (Role role : all_roles()) text += fmt::format(" {:<14}", bailiwick::name_of(role));
  for (const tenancy::ActionInfo& info : tenancy::kActions) {
    text += fmt::format("\n{:<18}", info.name);
    for (Role role : all_roles())
      text += fmt::format(" {:<14}", role_permits(role, info.action) ? "yes" : "-");
  }
  text += '\n';
  std::string trimmed;
  for (std::istringstream lines(text); std::getline(lines, text);) {
    trimmed += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  }
  return trimmed;
}

// Every right is written down where a reviewer sees it change. BAILIWICK_BLESS=1 writes the file anew.
TEST(RoleTable, IsTheOneThatWasReviewed) {
  const char* file = BAILIWICK_SOURCE_DIR "/tests/unit/policy/roles.golden";
  if (std::getenv("BAILIWICK_BLESS") != nullptr) std::ofstream(file) << printed_table();
  std::ostringstream golden;
  golden << std::ifstream(file).rdbuf();
  EXPECT_EQ(printed_table(), golden.str());
}

// Who may approve may also operate, and so on upwards; an auditor sees more than a viewer and does nothing.
TEST(RoleTable, RolesIncludeEachOther) {
  const std::pair<Role, Role> kIncluded[] = {{Role::kViewer, Role::kAuditor},
                                             {Role::kViewer, Role::kOperator},
                                             {Role::kOperator, Role::kApprover},
                                             {Role::kApprover, Role::kAdmin},
                                             {Role::kAdmin, Role::kOwner}};
  for (auto [less, more] : kIncluded) {
    int added = 0;
    for (const tenancy::ActionInfo& info : tenancy::kActions) {
      EXPECT_TRUE(!role_permits(less, info.action) || role_permits(more, info.action)) << info.name;
      added += role_permits(more, info.action) && !role_permits(less, info.action);
    }
    EXPECT_GT(added, 0) << bailiwick::name_of(more);
  }
}

TEST(RoleTable, EveryActionHasSomeoneAndEveryRoleARow) {
  for (const tenancy::ActionInfo& info : tenancy::kActions) {
    EXPECT_TRUE(std::ranges::any_of(all_roles(), [&](Role role) { return role_permits(role, info.action); }))
        << info.name;
  }
  EXPECT_EQ(role_table().size(), all_roles().size());
}

TEST(RoleTable, ThePlatformAdminManagesAndReadsNoContent) {
  for (const tenancy::ActionInfo& info : tenancy::kActions) {
    EXPECT_EQ(role_permits(Role::kPlatformAdmin, info.action), info.reach != Reach::kContent) << info.name;
  }
}

// No role inside a tenant touches the installation; whoami touches nothing.
TEST(RoleTable, TenantsDoNotReachThePlatform) {
  for (Role role : all_roles()) {
    for (const tenancy::ActionInfo& info : tenancy::kActions) {
      if (role == Role::kPlatformAdmin || info.reach != Reach::kPlatform || info.action == Action::kWhoAmI)
        continue;
      EXPECT_FALSE(role_permits(role, info.action)) << info.name;
    }
  }
}

TEST(RoleKernel, SaysWhichRoleAllowed) {
  Decision decision = ask(of_acme({{.role = Role::kOperator}}), Action::kAsk);
  EXPECT_EQ(decision.effect, Effect::kAllow);
  EXPECT_EQ(decision.reason, "role.operator");
  EXPECT_FALSE(decision.policy_revision.empty());
  decision = ask(of_acme({{.role = Role::kViewer}}), Action::kAsk);
  EXPECT_EQ(decision.effect, Effect::kDeny);
  EXPECT_EQ(decision.reason, "role.insufficient");
  EXPECT_EQ(ask(of_acme({}), Action::kWhoAmI).effect, Effect::kDeny) << "no role permits nothing";
}

// Whoever asks, of whatever tenant, in whatever role: another tenant's data is never allowed.
RC_GTEST_PROP(RoleKernelProperty, NeverCrossesTenants, ()) {
  auto role = *rc::gen::elementOf(all_roles());
  auto info = *rc::gen::elementOf(
      std::vector<tenancy::ActionInfo>(tenancy::kActions.begin(), tenancy::kActions.end()));
  Principal principal = of_acme({{.role = role}}, {"*"});
  const tenancy::TenantId* foreign = *rc::gen::element<const tenancy::TenantId*>(&kBeta, nullptr);
  Decision decision = RoleKernel().decide({.principal = principal, .action = info.action, .tenant = foreign});
  RC_ASSERT(decision.effect == Effect::kDeny);
}

// The platform's role in a tenant's token, or a tenant's role in a token without one, is a forgery.
TEST(RoleKernel, RolesBelongToTheirSide) {
  EXPECT_FALSE(allows(of_acme({{.role = Role::kPlatformAdmin}}), Action::kTenantsCreate));
  EXPECT_FALSE(allows(of_acme({{.role = Role::kPlatformAdmin}}), Action::kTokensCreate));
  Principal nobody{
      .subject = "token:tok_2", .tenant = {}, .bindings = {{.role = Role::kOwner}}, .scopes = {}};
  for (const tenancy::ActionInfo& info : tenancy::kActions)
    EXPECT_FALSE(allows(nobody, info.action)) << info.name;
  nobody.bindings = {{.role = Role::kPlatformAdmin}};
  EXPECT_TRUE(allows(nobody, Action::kTenantsCreate));
}

TEST(RoleKernel, ANarrowRoleWorksInItsProgramAlone) {
  Principal blue = of_acme({{.role = Role::kOperator, .program = kBlue, .name_space = {}}});
  EXPECT_TRUE(allows(blue, Action::kAsk, &kBlue));
  EXPECT_FALSE(allows(blue, Action::kAsk, &kGreen));
  EXPECT_FALSE(allows(blue, Action::kAsk));
  Principal lab = of_acme({{.role = Role::kOperator, .program = {}, .name_space = kLab}});
  EXPECT_TRUE(allows(lab, Action::kAsk, nullptr, &kLab));
  EXPECT_FALSE(allows(lab, Action::kAsk));
  Principal both = of_acme({{.role = Role::kOperator, .program = kBlue, .name_space = kLab}});
  EXPECT_FALSE(allows(both, Action::kAsk, &kBlue));
  EXPECT_TRUE(allows(both, Action::kAsk, &kBlue, &kLab));
}

// An owner of one program is not the tenant's: naming the program in a header opens nothing that the whole
// tenant has.
TEST(RoleKernel, ANarrowRoleReachesNothingOfTheWholeTenant) {
  Principal owner = of_acme({{.role = Role::kOwner, .program = kBlue, .name_space = {}}});
  for (Action action :
       {Action::kTokensCreate, Action::kTokensRevoke, Action::kTokensList, Action::kTenantsDelete,
        Action::kTenantsSuspend, Action::kTenantsUpdate, Action::kBundlesActivate, Action::kLedgerRead,
        Action::kCorpusWrite, Action::kCorpusDelete, Action::kUsageRead}) {
    EXPECT_TRUE(role_permits(Role::kOwner, action));
    EXPECT_FALSE(binding_permits(owner.bindings[0], action)) << tenancy::name_of(action);
    EXPECT_FALSE(allows(owner, action, &kBlue)) << tenancy::name_of(action);
  }
  EXPECT_TRUE(allows(owner, Action::kModelsChat, &kBlue));
  EXPECT_TRUE(allows(owner, Action::kWhoAmI, &kBlue));
}

// Several bindings add up, each with its own reach.
TEST(RoleKernel, BindingsAddUp) {
  Principal mixed =
      of_acme({{.role = Role::kViewer}, {.role = Role::kOperator, .program = kBlue, .name_space = {}}});
  EXPECT_TRUE(allows(mixed, Action::kTenantsGet));
  EXPECT_TRUE(allows(mixed, Action::kAsk, &kBlue));
  EXPECT_FALSE(allows(mixed, Action::kAsk, &kGreen));
}

TEST(Scopes, Grammar) {
  auto covers = [](std::string scope, Action action) {
    std::vector<std::string> one{std::move(scope)};
    return scopes_cover(one, action);
  };
  EXPECT_TRUE(covers("*", Action::kTenantsDelete));
  EXPECT_TRUE(covers("corpus.*", Action::kCorpusWrite));
  EXPECT_TRUE(covers("corpus.read", Action::kCorpusRead));
  EXPECT_TRUE(covers("runs:read", Action::kRunsRead)) << "GazeQA writes a colon";
  EXPECT_TRUE(covers("runs:*", Action::kRunsEvents));
  EXPECT_FALSE(covers("corpus.read", Action::kCorpusWrite));
  EXPECT_FALSE(covers("corpus", Action::kCorpusRead));
  EXPECT_FALSE(covers("corpus.*", Action::kAsk));
  EXPECT_FALSE(covers("CORPUS.READ", Action::kCorpusRead));
  EXPECT_FALSE(covers("", Action::kAsk));
  EXPECT_FALSE(covers("runs:read:all", Action::kRunsRead)) << "no scope reaches all organisations";
  EXPECT_TRUE(scopes_cover({}, Action::kAsk)) << "none given: all that the roles permit";
}

// Scopes take away and never add.
RC_GTEST_PROP(ScopesProperty, OnlyNarrow, ()) {
  auto role = *rc::gen::elementOf(all_roles());
  auto scopes = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "*", "corpus.*", "ask", "tokens.create", "tenants:*", "runs:read", "nonsense"));
  for (const tenancy::ActionInfo& info : tenancy::kActions) {
    bool narrowed = allows(of_acme({{.role = role}}, scopes), info.action);
    RC_ASSERT(!narrowed || allows(of_acme({{.role = role}}), info.action));
    RC_ASSERT(!narrowed || scopes_cover(scopes, info.action));
  }
}

TEST(Scopes, AScopeThatIsMissingIsTheReason) {
  EXPECT_EQ(ask(of_acme({{.role = Role::kOperator}}, {"ask"}), Action::kCorpusRead).reason,
            "scope.insufficient");
}

}  // namespace
}  // namespace bailiwick::policy
