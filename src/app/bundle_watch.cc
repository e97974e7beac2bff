#include "app/bundle_watch.h"

#include <condition_variable>
#include <mutex>

#include "app/system_tasks.h"
#include "base/log.h"

namespace bailiwick::app {

void BundleWatch::start() {
  if (git_ == nullptr && options_.watch_interval.count() == 0) return;
  if (git_ != nullptr) taken_ = git_->commit();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void BundleWatch::stop() {
  if (git_ != nullptr) git_->stop();
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void BundleWatch::run(const std::stop_token& stop) {
  using namespace std::chrono_literals;
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  const bool inspects = options_.watch_interval.count() > 0;
  MonoTime next_follow = clock_.mono() + options_.git_interval, next_inspect = clock_.mono();
  while (!stop.stop_requested()) {
    if (git_ != nullptr && clock_.mono() >= next_follow) {
      follow();
      next_follow = clock_.mono() + options_.git_interval;
    }
    if (inspects && clock_.mono() >= next_inspect) {
      inspect();
      next_inspect = clock_.mono() + options_.watch_interval;
    }
    wake.wait_for(lock, stop, 1s, [] { return false; });
  }
}

/// A commit is given to the registry once, whatever becomes of it: what it refuses is refused until the
/// branch moves on. What failed for another reason is tried again.
void BundleWatch::follow() {
  auto commit = git_->fetch();
  metrics_.gauge("bailiwick_bundle_source_up", "1 when the source of bundles could be read last.")
      .set(commit ? 1 : 0);
  std::string fault = commit ? "" : commit.error().message;
  if (!fault.empty() && fault != fault_) log_error("bundle.git_unreachable", {{"message", fault}});
  fault_ = std::move(fault);
  if (!commit || *commit == taken_) return;
  log_info("bundle.git_moved", {{"from", taken_}, {"to", *commit}});
  if (reload_()) taken_ = git_->commit();
}

void BundleWatch::inspect() {
  auto permit =
      identity::Gatekeeper::system_permit<tenancy::Action::kBundlesInspect>(SystemTasks::watchdog());
  auto report = registry_.inspect(permit, options_.on_tampering);
  if (!report) {
    log_error("bundle.watch_failed",
              {{"reason", report.error().reason}, {"message", report.error().message}});
    return;
  }
  for (auto [word, kind] : bundles::enum_table(bundles::WatchKind())) {
    auto count = std::ranges::count(report->findings, kind, &bundles::WatchFinding::kind);
    metrics_.gauge("bailiwick_bundle_findings", "What the watchdog found last, by kind.", {{"kind", word}})
        .set(static_cast<double>(count));
  }
  metrics_.gauge("bailiwick_bundles_frozen", "1 when changes are refused after tampering.")
      .set(report->frozen ? 1 : 0);
}

}  // namespace bailiwick::app
