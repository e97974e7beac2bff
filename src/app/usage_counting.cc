#include "app/usage_counting.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <sys/resource.h>
#include <unistd.h>

#include "app/system_tasks.h"
#include "base/log.h"

namespace bailiwick::app {
namespace {

/// Tenants with as many records waiting are counted in every pass; the others in turn, for so long: each
/// transaction opens a database and waits for the disk, however little it counts.
constexpr std::uint64_t kMany = ledger::UsageRollups::kStride;
constexpr std::chrono::milliseconds kForFew{50};
/// Requests go first: where they want all of the time, it takes next to none of it.
constexpr int kNice = 19;

}  // namespace

ledger::UsageRollups::ReadPermit usage_permit(const tenancy::TenantId& tenant) {
  return identity::Gatekeeper::system_permit<tenancy::Action::kLedgerRead>(SystemTasks::usage(), tenant);
}

void UsageCounting::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
    while (!stop.stop_requested()) {
      bool all = count_all(stop);
      if (all) wake.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
    }
  });
}

bool UsageCounting::count_all(const std::stop_token& stop) {
  std::vector<snapshot::SnapshotPtr> tenants = tenants_.all();
  auto after = std::ranges::upper_bound(tenants, std::string_view(last_), {},
                                        [](const auto& tenant) { return tenant->id().view(); });
  std::ranges::rotate(tenants, after);
  waiting_ = 0;
  bool all = true;
  MonoTime::duration for_few = kForFew;
  for (const snapshot::SnapshotPtr& tenant : tenants) {
    if (stop.stop_requested()) return true;
    try {
      all &= count(*tenant, for_few);
    } catch (const std::exception& fault) {
      log_error("usage.not_counted", {{"tenant", tenant->id().view()}, {"detail", fault.what()}});
    }
  }
  lag_.set(static_cast<double>(waiting_));
  return all;
}

/// At most one transaction, so that a tenant with a long chain does not hold up the others.
bool UsageCounting::count(const snapshot::TenantSnapshot& tenant, MonoTime::duration& for_few) {
  auto permit = usage_permit(tenant.id());
  std::uint64_t& counted = counted_[tenant.id().str()];
  const std::uint64_t head = ledger_.reader(permit)->head().sequence;
  const bool many = head >= counted + kMany;
  bool stuck = true;
  if (many || (head > counted && for_few.count() > 0)) {
    const MonoTime begin = clock_.mono();
    auto progress = rollups_.advance(permit, tenant.tenant.time_zone, ledger::UsageRollups::kStride);
    std::string fault = progress ? "" : progress.error().reason + progress.error().detail;
    if (!fault.empty() && fault != faults_[tenant.id().str()]) {
      log_error("usage.not_counted", {{"tenant", tenant.id().view()},
                                      {"reason", progress.error().reason},
                                      {"detail", progress.error().detail}});
    }
    faults_[tenant.id().str()] = std::move(fault);
    stuck = !progress;
    if (progress) counted = progress->counted;
    if (!many) {
      last_ = tenant.id().str();
      for_few -= clock_.mono() - begin;
    }
  }
  waiting_ += head - std::min(head, counted);
  return stuck || head < counted + kMany;
}

}  // namespace bailiwick::app
