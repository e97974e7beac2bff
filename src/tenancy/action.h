// Action: every operation that is ever asked of the policy kernel, as data.
//
// A route names its action as a template argument, so an operation without one does not compile. `reach` says
// whose data an action touches: the installation's, a tenant's management, or a tenant's content. A platform
// admin manages tenants and never reads content.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace bailiwick::tenancy {

enum class Reach {
  kPlatform,    ///< needs no tenant: creating one, listing all
  kManagement,  ///< about a tenant, open to its own managers and to the platform admin
  kContent,     ///< a tenant's own data and models; never the platform admin
};

enum class Action {
  kTenantsCreate,
  kTenantsList,
  kTenantsGet,
  kTenantsUpdate,
  kTenantsSuspend,
  kTenantsResume,
  kTenantsDelete,
  kTokensCreate,
  kTokensList,
  kTokensRevoke,
  kTokensRotate,
  kBundlesRead,
  kBundlesReload,
  kBundlesPush,
  kBundlesActivate,
  kBundlesInspect,
  kBundlesUnfreeze,
  kCorpusRead,
  kCorpusWrite,
  kCorpusDelete,
  kRetrieve,
  kAsk,
  kModelsList,
  kModelsChat,
  kModelsEmbed,
  kAccessEvaluate,
  kAccessSearch,
  kLedgerRead,
  kLedgerExplain,
  kUsageRead,
  kBudgetsRaise,
  kCacheClear,
  kEvaluationsJudge,
  kRunsCreate,
  kRunsRead,
  kRunsEvents,
  kWhoAmI,
  kPricesRead,
  kPricesUpdate,
  kPlatformReload,
  kPlatformConfig,
  kMetricsRead,
};

struct ActionInfo {
  Action action;
  std::string_view name;  ///< `corpus.write`; stands in records, scopes and policies
  Reach reach;
};

inline constexpr std::array kActions = std::to_array<ActionInfo>({
    {Action::kTenantsCreate, "tenants.create", Reach::kPlatform},
    {Action::kTenantsList, "tenants.list", Reach::kPlatform},
    {Action::kTenantsGet, "tenants.get", Reach::kManagement},
    {Action::kTenantsUpdate, "tenants.update", Reach::kManagement},
    {Action::kTenantsSuspend, "tenants.suspend", Reach::kManagement},
    {Action::kTenantsResume, "tenants.resume", Reach::kManagement},
    {Action::kTenantsDelete, "tenants.delete", Reach::kManagement},
    {Action::kTokensCreate, "tokens.create", Reach::kManagement},
    {Action::kTokensList, "tokens.list", Reach::kManagement},
    {Action::kTokensRevoke, "tokens.revoke", Reach::kManagement},
    {Action::kTokensRotate, "tokens.rotate", Reach::kManagement},
    {Action::kBundlesRead, "bundles.read", Reach::kManagement},
    {Action::kBundlesReload, "bundles.reload", Reach::kPlatform},
    {Action::kBundlesPush, "bundles.push", Reach::kManagement},
    {Action::kBundlesActivate, "bundles.activate", Reach::kManagement},
    {Action::kBundlesInspect, "bundles.inspect", Reach::kPlatform},
    {Action::kBundlesUnfreeze, "bundles.unfreeze", Reach::kPlatform},
    {Action::kCorpusRead, "corpus.read", Reach::kContent},
    {Action::kCorpusWrite, "corpus.write", Reach::kContent},
    {Action::kCorpusDelete, "corpus.delete", Reach::kContent},
    {Action::kRetrieve, "retrieve", Reach::kContent},
    {Action::kAsk, "ask", Reach::kContent},
    {Action::kModelsList, "models.list", Reach::kContent},
    {Action::kModelsChat, "models.chat", Reach::kContent},
    {Action::kModelsEmbed, "models.embed", Reach::kContent},
    {Action::kAccessEvaluate, "access.evaluate", Reach::kContent},
    {Action::kAccessSearch, "access.search", Reach::kContent},
    {Action::kLedgerRead, "ledger.read", Reach::kContent},
    {Action::kLedgerExplain, "ledger.explain", Reach::kContent},
    {Action::kUsageRead, "usage.read", Reach::kManagement},
    {Action::kBudgetsRaise, "budgets.raise", Reach::kManagement},
    {Action::kCacheClear, "cache.clear", Reach::kManagement},
    {Action::kEvaluationsJudge, "evaluations.judge", Reach::kContent},
    {Action::kRunsCreate, "runs.create", Reach::kContent},
    {Action::kRunsRead, "runs.read", Reach::kContent},
    {Action::kRunsEvents, "runs.events", Reach::kContent},
    {Action::kWhoAmI, "whoami", Reach::kPlatform},
    {Action::kPricesRead, "prices.read", Reach::kPlatform},
    {Action::kPricesUpdate, "prices.update", Reach::kPlatform},
    {Action::kPlatformReload, "platform.reload", Reach::kPlatform},
    {Action::kPlatformConfig, "platform.config", Reach::kPlatform},
    {Action::kMetricsRead, "metrics.read", Reach::kPlatform},
});

constexpr const ActionInfo& info_of(Action action) {
  return kActions[static_cast<std::size_t>(action)];
}
constexpr std::string_view name_of(Action action) {
  return info_of(action).name;
}
constexpr Reach reach_of(Action action) {
  return info_of(action).reach;
}
constexpr std::optional<Action> action_from(std::string_view name) {
  for (const ActionInfo& info : kActions) {
    if (info.name == name) return info.action;
  }
  return std::nullopt;
}

consteval bool actions_in_order() {
  for (std::size_t i = 0; i < kActions.size(); ++i) {
    if (static_cast<std::size_t>(kActions[i].action) != i) return false;
  }
  return true;
}
static_assert(actions_in_order(), "kActions is indexed by Action");

}  // namespace bailiwick::tenancy
