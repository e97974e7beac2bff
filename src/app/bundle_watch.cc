#include "app/bundle_watch.h"

#include <condition_variable>
#include <mutex>

#include "app/system_tasks.h"
#include "base/log.h"
#include "base/spare_memory.h"

namespace bailiwick::app {

void BundleWatch::start() {
  if (git_ != nullptr) following_ = repeat(options_.git_interval, &BundleWatch::follow);
  if (options_.watch_interval.count() > 0)
    inspecting_ = repeat(options_.watch_interval, &BundleWatch::inspect);
}

bool BundleWatch::stop() {
  using namespace std::chrono_literals;
  if (git_ != nullptr) git_->stop();
  following_.request_stop();
  inspecting_.request_stop();
  for (int looks = 0; working_ > 0 && looks < 100; ++looks) std::this_thread::sleep_for(50ms);
  if (working_ == 0) return true;
  if (following_.joinable()) following_.detach();
  if (inspecting_.joinable()) inspecting_.detach();
  return false;
}

std::jthread BundleWatch::repeat(std::chrono::milliseconds interval, void (BundleWatch::*work)()) {
  ++working_;
  return std::jthread([this, interval, work](const std::stop_token& stop) {
    using namespace std::chrono_literals;
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    MonoTime next = clock_.mono();
    while (!stop.stop_requested()) {
      if (clock_.mono() >= next) {
        guarded(work);
        next = clock_.mono() + interval;
      }
      wake.wait_for(lock, stop, 1s, [] { return false; });
    }
    --working_;
  });
}

/// A broken invariant of one check is told, and the next check goes on.
void BundleWatch::guarded(void (BundleWatch::*work)()) {
  const SpareNoMemory sparing;
  try {
    (this->*work)();
  } catch (const std::exception& fault) {
    log_error("bundle.watch_failed", {{"reason", "internal"}, {"message", fault.what()}});
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
  if (reload_()) taken_ = *commit;
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
