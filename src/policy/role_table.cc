#include "policy/role_table.h"

#include <algorithm>

namespace bailiwick::policy {
namespace {

using tenancy::Action;
using tenancy::Role;

constexpr Action kViewer[] = {Action::kWhoAmI,     Action::kTenantsGet, Action::kUsageRead,
                              Action::kModelsList, Action::kRunsRead,   Action::kRunsEvents};
constexpr Action kAuditor[] = {Action::kLedgerRead, Action::kLedgerExplain, Action::kCorpusRead,
                               Action::kBundlesRead, Action::kTokensList};
constexpr Action kOperator[] = {
    Action::kCorpusRead,   Action::kCorpusWrite, Action::kCorpusDelete,     Action::kRetrieve,
    Action::kAsk,          Action::kModelsChat,  Action::kModelsEmbed,      Action::kAccessEvaluate,
    Action::kAccessSearch, Action::kRunsCreate,  Action::kEvaluationsJudge, Action::kCacheClear};
constexpr Action kApprover[] = {Action::kLedgerRead, Action::kLedgerExplain, Action::kBundlesRead,
                                Action::kBundlesActivate, Action::kBudgetsRaise};
constexpr Action kAdmin[] = {Action::kTenantsUpdate, Action::kTokensCreate, Action::kTokensList,
                             Action::kTokensRevoke,  Action::kTokensRotate, Action::kBundlesPush};
constexpr Action kOwner[] = {Action::kTenantsSuspend, Action::kTenantsDelete};

/// Work that belongs to a program or a namespace when the request names one.
constexpr Action kPartitioned[] = {Action::kWhoAmI,          Action::kRetrieve,   Action::kAsk,
                                   Action::kModelsList,      Action::kModelsChat, Action::kModelsEmbed,
                                   Action::kRunsCreate,      Action::kRunsRead,   Action::kRunsEvents,
                                   Action::kEvaluationsJudge};

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

}  // namespace

std::span<const RoleRow> role_table() {
  return kRows;
}

std::span<const Action> partitioned_actions() {
  return kPartitioned;
}

}  // namespace bailiwick::policy
