#include "app/application.h"

#include <fmt/format.h>

#include "api/access.h"
#include "api/budgets.h"
#include "api/bundle_watch.h"
#include "api/bundles.h"
#include "api/conflicts.h"
#include "api/corpus.h"
#include "api/evaluations.h"
#include "api/explanation.h"
#include "api/health.h"
#include "api/ledger.h"
#include "api/model_routes.h"
#include "api/prices.h"
#include "api/questions.h"
#include "api/rollouts.h"
#include "api/tenants.h"
#include "api/tokens.h"
#include "api/usage.h"
#include "api/whoami.h"
#include "app/built_in_prices.h"
#include "app/reload_log.h"
#include "app/server_options.h"
#include "app/system_tasks.h"
#include "base/files.h"
#include "base/spare_memory.h"
#include "bundles/source_folder.h"
#include "gateway/routes.h"
#include "identity/token_service.h"
#include "net/server.h"
#include "observe/process_usage.h"
#include "storage/sqlite/sqlite_store.h"

namespace bailiwick::app {
namespace {

using std::chrono::milliseconds, std::chrono::seconds;
using tenancy::Action;

constexpr std::size_t kMaxPrices = 64 << 20;
constexpr std::size_t kMaxPlatformSigners = 1 << 20;
constexpr std::size_t kMaxGitToken = 1 << 12;
constexpr milliseconds kSyncLagLimit{2'000};

bool is_source_busy(const Error& error) {
  return error.reason == "bundles.source_busy";
}

}  // namespace

Application::Application(const config::ServerConfig& config, const Surroundings& around, DataFolder folder)
    : config_(config), around_(around), folder_(std::move(folder)) {}

Result<std::unique_ptr<Application>> Application::open(const config::ServerConfig& config,
                                                       const Surroundings& around) {
  TRY(DataFolder folder, DataFolder::open(config.data));
  std::unique_ptr<Application> application(new Application(config, around, std::move(folder)));
  CHECK_OK(application->open_state());
  CHECK_OK(application->open_identity());
  CHECK_OK(application->open_prices());
  CHECK_OK(application->load_bundles());
  application->build_services();
  application->build_routes();
  return application;
}

Application::~Application() {
  stop();
}

Status Application::open_state() {
  ledger::LedgerOptions journal{.folder = folder_.journal(),
                                .segment_bytes = static_cast<std::size_t>(config_.ledger_segment_mb) << 20,
                                .sync_interval = config_.ledger_sync};
  TRY(ledger_, ledger::open_ledger(journal, around_.clock));
  slices_ = std::make_unique<LedgerSlices>(*ledger_, metrics_);
  storage::SqliteOptions platform{.folder = folder_.path(), .migrations = identity::token_migrations()};
  for (const storage::Migration& step : bundles::registry_migrations()) platform.migrations.push_back(step);
  TRY(platform_, storage::open_sqlite_platform_store(platform));
  storage::SqliteOptions tenants{.folder = folder_.path(),
                                 .migrations = pipeline::corpus_store::migrations()};
  for (const storage::Migration& step : ledger::usage_store::migrations()) tenants.migrations.push_back(step);
  TRY(tenant_store_, storage::open_sqlite_tenant_store(tenants));
  return {};
}

LedgerSlices::LedgerSlices(ledger::Ledger& ledger, Metrics& metrics)
    : ledger_(ledger),
      alerts_(
          metrics.counter("bailiwick_budget_alerts_total", "Budgets that passed their alert threshold.")) {}

void LedgerSlices::alert(const metering::BudgetAlert& alert) {
  alerts_.add();
  log_warn("budget.alert", {{"tenant", alert.chain},
                            {"window", alert.window},
                            {"percent", alert.percent},
                            {"spent_usd", alert.spent.to_decimal()},
                            {"limit_usd", alert.limit.to_decimal()}});
  auto kept = ledger_.append_budget_alert(alert.chain, alert.window, alert.percent, alert.spent, alert.limit);
  if (!kept) log_error("budget.alert_unwritten", {{"tenant", alert.chain}, {"reason", kept.error().reason}});
}

Status Application::open_identity() {
  TRY(std::string key, folder_.token_key(around_.random));
  tokens_ = std::make_unique<identity::TokenTable>(std::move(key));
  token_service_ =
      std::make_unique<identity::TokenService>(*platform_, *tokens_, *ledger_, around_.clock, around_.random);
  CHECK_OK(open_admin());
  std::vector<std::filesystem::path> registries;
  for (const std::string* file : {&config_.gazeqa_registry, &config_.gazeqa_token_file}) {
    if (!file->empty()) registries.emplace_back(*file);
  }
  gazeqa_ = std::make_unique<identity::GazeqaRegistry>(*tokens_, around_.clock, config_.gazeqa_tokens,
                                                       std::move(registries));
  CHECK_OK(gazeqa_->refresh());
  gatekeeper_ = std::make_unique<identity::Gatekeeper>(*tokens_, tenants_, kernel_, *ledger_, around_.clock);
  return {};
}

Status Application::open_admin() {
  auto keep = [this](const std::string& secret) -> Status {
    CHECK_OK(write_file_atomically(folder_.admin_token(), secret + "\n", FileKind::kSecret));
    first_start_ = FirstStart{.admin_token = secret, .admin_token_file = folder_.admin_token()};
    return {};
  };
  if (around_.admin_token == AdminToken::kReset) {
    auto permit = identity::Gatekeeper::system_permit<Action::kPlatformConfig>(SystemTasks::admin_reset());
    CHECK_OK(token_service_->reset_admin(permit, keep));
  }
  CHECK_OK(token_service_->load());
  CHECK_OK(token_service_->bootstrap(keep));
  return {};
}

/// A file named by the settings, else what `prices update` stored, else the one built in.
Status Application::open_prices() {
  std::filesystem::path file =
      config_.prices.empty() ? folder_.prices() : std::filesystem::path(config_.prices);
  auto text = read_file(file, kMaxPrices);
  bool absent = !text && text.error().code == ErrorCode::kNotFound && config_.prices.empty();
  if (!text && !absent) return std::unexpected(std::move(text.error()));
  auto book = metering::PriceBook::parse(absent ? built_in_prices() : std::string_view(*text));
  if (!book) {
    for (Problem& problem : book.error().problems) problem.where = file.string() + problem.where;
    return std::unexpected(std::move(book.error()));
  }
  prices_.store(std::make_shared<const metering::PriceBook>(std::move(*book)));
  return {};
}

/// The keys are read once: who may replace their file could else replace the trust root of a running server.
Result<bundles::SigningPolicy> Application::signing_policy() const {
  bundles::SigningPolicy policy{.signatures = config_.require_signature ? bundles::Signatures::kRequired
                                                                        : bundles::Signatures::kOptional,
                                .platform_keys = {}};
  if (config_.platform_signers.empty()) return policy;
  TRY(std::string text, read_file(config_.platform_signers, kMaxPlatformSigners));
  auto keys = crypto::public_keys_of(text);
  if (!keys) {
    Error error = std::move(keys.error());
    error.message = fmt::format("bundles.platform_signers: {}: {}", config_.platform_signers, error.message);
    return std::unexpected(std::move(error));
  }
  policy.platform_keys = std::move(*keys);
  return policy;
}

bundles::OnTampering Application::on_tampering() const {
  return config_.freeze_on_tampering ? bundles::OnTampering::kFreeze : bundles::OnTampering::kAlert;
}

/// Null: tenants come through the API alone.
Result<std::unique_ptr<bundles::Source>> Application::open_source() {
  if (config_.git_url.empty()) {
    if (config_.tenants.empty()) return nullptr;
    return std::make_unique<bundles::FolderSource>(config_.tenants);
  }
  if (!config_.tenants.empty()) {
    return fail(ErrorCode::kInvalid, "config.invalid",
                "tenants and bundles.git_url: bundles come from a folder or from a repository; name one");
  }
  if (std::string fault = bundles::fault_of_git_url(config_.git_url); !fault.empty())
    return fail(ErrorCode::kInvalid, "config.invalid", "bundles.git_url: " + fault);
  std::string token;
  if (!config_.git_token_file.empty()) {
    TRY(token, read_file(config_.git_token_file, kMaxGitToken));
    while (!token.empty() && std::isspace(static_cast<unsigned char>(token.back()))) token.pop_back();
  }
  bundles::GitOptions options{.url = config_.git_url,
                              .branch = config_.git_branch,
                              .folder = config_.git_folder,
                              .clone = folder_.path() / "bundles.git"};
  auto git = std::make_unique<bundles::GitSource>(std::move(options), crypto::SecretText(std::move(token)),
                                                  around_.clock);
  git_ = git.get();
  return git;
}

void Application::open_decisions() {
  if (config_.replay_decisions == 0) return;
  auto permit_for = [](const tenancy::TenantId& tenant) {
    return identity::Gatekeeper::system_permit<Action::kLedgerRead>(SystemTasks::replay(), tenant);
  };
  decisions_ = std::make_unique<bundles::LedgerDecisions>(*platform_, *ledger_, permit_for,
                                                          static_cast<std::size_t>(config_.replay_decisions));
}

Status Application::load_bundles() {
  const SpareNoMemory sparing;
  open_decisions();
  TRY(bundles::SigningPolicy signing, signing_policy());
  TRY(std::unique_ptr<bundles::Source> source, open_source());
  const bool has_source = source != nullptr;
  bundles::TenantRegistry::Ports ports{.store = *platform_,
                                       .ledger = *ledger_,
                                       .budgets = *slices_,
                                       .table = tenants_,
                                       .clock = around_.clock,
                                       .random = around_.random,
                                       .sandbox = around_.sandbox,
                                       .decisions = decisions_.get()};
  registry_ = std::make_unique<bundles::TenantRegistry>(ports, std::move(source), std::move(signing));
  CHECK_OK(registry_->load());
  if (!has_source) return {};
  // What a repository holds is fetched once the server runs: a host that is away keeps nobody from starting.
  if (git_ != nullptr) return {};
  auto permit = identity::Gatekeeper::system_permit<Action::kBundlesReload>(SystemTasks::activation());
  TRY(bundles::ReloadReport report, registry_->reload(permit));
  log_reload(report);
  return {};
}

void Application::build_services() {
  rollups_ = std::make_unique<ledger::UsageRollups>(*tenant_store_, *ledger_, usage_permit);
  auto activation = [](const tenancy::TenantId& tenant) {
    return identity::Gatekeeper::system_permit<Action::kCorpusRead>(SystemTasks::activation(), tenant);
  };
  corpora_ = std::make_unique<pipeline::TenantCorpora>(*tenant_store_, activation, metrics_);
  corpus_ = std::make_unique<pipeline::CorpusService>(*tenant_store_, *corpora_, around_.clock);
  local_answerer_ = std::make_unique<pipeline::LocalAnswerer>(*corpora_, around_.clock);
  router_ = std::make_unique<routing::Router>(prices_, *local_answerer_, metrics_, around_.clock,
                                              config_.cache_mb << 20);
  questions_ =
      std::make_unique<pipeline::QuestionService>(*corpora_, *router_, around_.clock, around_.random);
  auto ledger_keeps_up = [this]() -> Status {
    if (ledger_->sync_lag() < kSyncLagLimit) return {};
    return fail(ErrorCode::kUnavailable, "ledger.lag",
                "the journal does not reach the disk; check its space and health");
  };
  readiness_ = std::make_unique<observe::Readiness>(std::vector<observe::Check>{
      {"platform_store", [this] { return platform_->ping(); }}, {"ledger", ledger_keeps_up}});
}

void Application::build_routes() {
  using api::MetricsAccess;
  std::vector<edge::Route> routes;
  auto add = [&](std::vector<edge::Route> more) {
    std::move(more.begin(), more.end(), std::back_inserter(routes));
  };
  add(api::tenant_routes(*registry_));
  add(api::bundle_routes(*registry_));
  add(api::conflict_routes(*registry_));
  add(api::rollout_routes(*registry_));
  add(api::budget_routes(*registry_));
  add(api::model_routes(*router_));
  add(api::bundle_watch_routes(*registry_, on_tampering()));
  add(api::token_routes(*token_service_));
  add(api::whoami_routes());
  add(api::corpus_routes(*corpus_));
  add(api::question_routes(*questions_));
  add(api::evaluation_routes(metrics_));
  add(gateway::gateway_routes(*router_));
  add(api::access_routes(config_.public_url));
  add(api::ledger_routes(*ledger_, around_.clock));
  add(api::usage_routes(*rollups_));
  add(api::explanation_routes(*ledger_, *registry_, *token_service_));
  add(api::price_routes(
      {.book = prices_, .file = folder_.prices(), .fixed_by_settings = !config_.prices.empty()}));
  add(api::health_routes(*readiness_, metrics_,
                         config_.metrics_open ? MetricsAccess::kOpen : MetricsAccess::kCredential));
  routes.push_back(api::openapi_route(routes));
  edge_ = std::make_unique<edge::Edge>(
      *gatekeeper_, *ledger_, metrics_, around_.clock, around_.random,
      config_.ledger_strict ? edge::Recording::kStrict : edge::Recording::kBatched);
  edge_->add(std::move(routes));
}

Status Application::start() {
  server_ = std::make_unique<net::Server>(
      server_options(config_, metrics_), [this](net::Exchange& exchange) { return edge_->handle(exchange); });
  CHECK_OK(server_->start());
  background_ = std::jthread([this](const std::stop_token& stop) { work_in_background(stop); });
  BundleWatch::Options watching{.git_interval = config_.git_interval,
                                .watch_interval = config_.watch_interval,
                                .on_tampering = on_tampering()};
  watch_ = std::make_unique<BundleWatch>(
      *registry_, git_, watching, [this] { return reload_bundles(); }, around_.clock, metrics_);
  watch_->start();
  counting_ = std::make_unique<UsageCounting>(*rollups_, *ledger_, tenants_, around_.clock, metrics_);
  counting_->start();
  return {};
}

Application::Reload Application::reload() {
  refresh_registry();
  if (git_ == nullptr && config_.tenants.empty()) return Reload::kDone;
  Status done = reload_bundles();
  return !done && is_source_busy(done.error()) ? Reload::kSourceBusy : Reload::kDone;
}

Status Application::reload_bundles() {
  auto permit = identity::Gatekeeper::system_permit<Action::kBundlesReload>(SystemTasks::reload());
  auto report = registry_->reload(permit);
  if (report) {
    log_reload(*report);
    return {};
  }
  const Error& error = report.error();
  // Who asks is told, and comes again.
  if (!is_source_busy(error))
    log_error("bundle.reload_failed", {{"reason", error.reason}, {"detail", error.message}});
  return std::unexpected(std::move(report.error()));
}

/// A file that stays bad is complained about once, and once more when it changes and is still bad.
void Application::refresh_registry() {
  MutexLock lock(registry_mutex_);
  Status refreshed = gazeqa_->refresh();
  std::string problems, fault;
  if (!refreshed) {
    const Error& error = refreshed.error();
    problems = to_string(error.problems);
    fault = error.reason + error.message + error.detail + problems;
  }
  if (fault == std::exchange(registry_fault_, fault) || refreshed) return;
  log_error("registry.refused", {{"reason", refreshed.error().reason},
                                 {"message", refreshed.error().message},
                                 {"detail", refreshed.error().detail},
                                 {"problems", problems}});
}

void Application::work_in_background(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  for (std::int64_t turn = 0; !stop.stop_requested(); ++turn) {
    tick();
    // It looks at every tenant that calls, for what nobody can ask for any more.
    if (turn % 5 == 0) router_->sweep(tenants_);
    wake.wait_for(lock, stop, seconds(1), [] { return false; });
  }
}

void Application::tick() {
  refresh_registry();
  if (auto retired = token_service_->retire(); !retired)
    log_error("tokens.not_retired", {{"reason", retired.error().reason}, {"detail", retired.error().detail}});
  if (auto swept = gatekeeper_->sweep_denials(); !swept)
    log_error("denials.unwritten", {{"reason", swept.error().reason}});
  auto permit_for = [](const tenancy::TenantId& tenant) {
    return identity::Gatekeeper::system_permit<Action::kTenantsDelete>(SystemTasks::termination(), tenant);
  };
  if (auto finished = registry_->finish_terminations(permit_for); !finished) {
    log_error("tenant.termination_failed",
              {{"reason", finished.error().reason}, {"detail", finished.error().detail}});
  }
  auto canary = [](const tenancy::TenantId& tenant) {
    return identity::Gatekeeper::system_permit<Action::kBundlesActivate>(SystemTasks::canary(), tenant);
  };
  if (auto moved = registry_->move_rollouts(canary); !moved) {
    log_error("bundle.rollout_failed", {{"reason", moved.error().reason}, {"detail", moved.error().detail}});
  }
  metrics_.gauge("bailiwick_ledger_sync_lag_seconds", "Age of the oldest record that is not on disk.")
      .set(std::chrono::duration<double>(ledger_->sync_lag()).count());
  Counter counted = metrics_.counter("bailiwick_denials_coalesced_total",
                                     "Denials that the ledger holds in a count and not one by one.");
  counted.add(static_cast<double>(gatekeeper_->counted_denials()) - counted.value());
  metrics_.gauge("bailiwick_connections", "Open client connections.")
      .set(static_cast<double>(server_->connections()));
  metrics_.gauge("bailiwick_tenants", "Tenants of every state.").set(static_cast<double>(tenants_.size()));
  observe::report_process(metrics_);
}

void Application::stop() {
  if (stopped_.exchange(true)) return;
  if (readiness_) readiness_->begin_drain();
  if (server_) server_->drain(config_.drain);
  if (watch_ && !watch_->stop()) stuck_ = true;
  counting_ = nullptr;
  if (background_.joinable()) {
    background_.request_stop();
    background_.join();
  }
  if (registry_) {
    if (auto returned = registry_->hand_back_budgets(); !returned)
      log_warn("budget.hand_back_failed", {{"reason", returned.error().reason}});
  }
  if (!ledger_) return;
  if (gatekeeper_) {
    if (auto flushed = gatekeeper_->flush_denials(); !flushed)
      log_error("denials.unwritten", {{"reason", flushed.error().reason}});
  }
  if (auto closed = ledger_->close(); !closed)
    log_error("ledger.close_failed", {{"detail", closed.error().detail}});
}

}  // namespace bailiwick::app
