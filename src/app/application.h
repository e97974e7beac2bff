// Application: the whole server, wired. The only place that names concrete adapters.
//
// Members are declared in the order in which they depend on one another, so they fall in the reverse order.
#pragma once

#include <condition_variable>
#include <thread>

#include "app/bundle_watch.h"
#include "app/data_folder.h"
#include "app/usage_counting.h"
#include "bundles/ledger_decisions.h"
#include "bundles/registry.h"
#include "config/server_config.h"
#include "edge/edge.h"
#include "identity/gazeqa_registry.h"
#include "metering/prices.h"
#include "observe/readiness.h"
#include "pipeline/corpus_service.h"
#include "pipeline/local_answerer.h"
#include "pipeline/question_service.h"
#include "policy/role_kernel.h"
#include "routing/router.h"
#include "storage/platform_store.h"
#include "storage/tenant_store.h"

namespace bailiwick::app {

/// Journals budget slices in the ledger, and what budgets tell of themselves in ledger and log.
class LedgerSlices final : public metering::SliceJournal {
 public:
  LedgerSlices(ledger::Ledger& ledger, Metrics& metrics);
  Status grant(std::string_view tenant, std::string_view window, PicoDollars granted) override {
    return ledger_.append_budget(tenant, window, granted);
  }
  void alert(const metering::BudgetAlert& alert) override;

 private:
  ledger::Ledger& ledger_;
  Counter alerts_;
};

/// What to do with the platform admin's token at start.
enum class AdminToken {
  kKeep,
  kReset,  ///< make a new one and end all others: the old one is lost, or known to others
};

/// What the application takes from its surroundings beside the settings.
struct Surroundings {
  const Clock& clock;
  Random& random;
  const bundles::Sandbox& sandbox;  ///< where bundles are tried out
  AdminToken admin_token = AdminToken::kKeep;
};

/// A platform admin's token just made: on the very first start, or because it was to be reset.
struct FirstStart {
  std::string admin_token;
  std::filesystem::path admin_token_file;
};

class Application {
 public:
  /// Opens all state, replays the journal, reads the bundles. Serves nothing yet.
  static Result<std::unique_ptr<Application>> open(const config::ServerConfig& config,
                                                   const Surroundings& around);
  ~Application();

  const std::optional<FirstStart>& first_start() const { return first_start_; }
  /// Starts the server and the background work.
  Status start();
  std::uint16_t port() const { return server_->port(); }
  const std::vector<edge::Route>& routes() const { return edge_->routes(); }
  Metrics& metrics() { return metrics_; }
  enum class Reload : std::uint8_t { kDone, kSourceBusy };
  /// Reads bundles and token registries again; what is bad keeps its old revision. kSourceBusy: bundles are
  /// being read, perhaps as they were before.
  Reload reload();
  /// Refuses new work, lets what is in flight finish, hands budgets back, syncs and closes. Idempotent.
  void stop();
  /// After stop(): a thread hangs in a call into the network, so the process must end without taking this
  /// apart.
  bool stuck() const { return stuck_; }

 private:
  Application(const config::ServerConfig& config, const Surroundings& around, DataFolder folder);
  Status open_state();
  Status open_identity();
  Status open_admin();
  Status open_prices();
  Result<bundles::SigningPolicy> signing_policy() const;
  Result<std::unique_ptr<bundles::Source>> open_source();
  bundles::OnTampering on_tampering() const;
  void open_decisions();
  Status load_bundles();
  void build_services();
  void build_routes();
  void work_in_background(const std::stop_token& stop);
  void tick();
  Status reload_bundles();
  void refresh_registry();

  config::ServerConfig config_;
  const Surroundings around_;
  DataFolder folder_;
  Metrics metrics_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<storage::PlatformStore> platform_;
  std::unique_ptr<storage::TenantStore> tenant_store_;
  std::unique_ptr<LedgerSlices> slices_;
  Published<metering::PriceBook> prices_;
  snapshot::TenantTable tenants_;
  bundles::GitSource* git_ = nullptr;  // the registry's source, when it is one
  std::unique_ptr<bundles::LedgerDecisions> decisions_;
  std::unique_ptr<bundles::TenantRegistry> registry_;
  std::unique_ptr<identity::TokenTable> tokens_;
  std::unique_ptr<identity::TokenService> token_service_;
  std::unique_ptr<identity::GazeqaRegistry> gazeqa_;
  policy::RoleKernel kernel_;
  std::unique_ptr<identity::Gatekeeper> gatekeeper_;
  std::unique_ptr<ledger::UsageRollups> rollups_;
  std::unique_ptr<pipeline::TenantCorpora> corpora_;
  std::unique_ptr<pipeline::CorpusService> corpus_;
  std::unique_ptr<pipeline::LocalAnswerer> local_answerer_;
  std::unique_ptr<routing::Router> router_;
  std::unique_ptr<pipeline::QuestionService> questions_;
  std::unique_ptr<observe::Readiness> readiness_;
  std::unique_ptr<edge::Edge> edge_;
  std::unique_ptr<net::Server> server_;
  std::optional<FirstStart> first_start_;
  Mutex registry_mutex_;  // a reload and the background both refresh
  std::string registry_fault_ BW_GUARDED_BY(registry_mutex_);
  std::jthread background_;
  std::unique_ptr<BundleWatch> watch_;
  std::unique_ptr<UsageCounting> counting_;
  std::atomic<bool> stopped_{false};
  bool stuck_ = false;
};

}  // namespace bailiwick::app
