#include "app/usage_counting.h"

#include <condition_variable>
#include <mutex>

#include "app/system_tasks.h"
#include "base/log.h"

namespace bailiwick::app {
namespace {

/// Every second tenants with many records, every ten all that have any.
constexpr std::uint64_t kMany = 1'000;
constexpr int kPassesBetweenAll = 10;

}  // namespace

ledger::UsageRollups::ReadPermit usage_permit(const tenancy::TenantId& tenant) {
  return identity::Gatekeeper::system_permit<tenancy::Action::kLedgerRead>(SystemTasks::usage(), tenant);
}

void UsageCounting::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    for (int pass = 0; !stop.stop_requested(); ++pass) {
      count_all(stop, pass % kPassesBetweenAll == 0 ? 1 : kMany);
      wake.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
    }
  });
}

void UsageCounting::count_all(const std::stop_token& stop, std::uint64_t least) {
  waiting_ = 0;
  for (const snapshot::SnapshotPtr& tenant : tenants_.all()) {
    if (stop.stop_requested()) return;
    try {
      count(*tenant, least);
    } catch (const std::exception& fault) {
      log_error("usage.not_counted", {{"tenant", tenant->id().view()}, {"detail", fault.what()}});
    }
  }
  lag_.set(static_cast<double>(waiting_));
}

/// At most one transaction, so that a tenant with a long chain does not hold up the others.
void UsageCounting::count(const snapshot::TenantSnapshot& tenant, std::uint64_t least) {
  auto permit = usage_permit(tenant.id());
  std::uint64_t& counted = counted_[tenant.id().str()];
  const std::uint64_t head = ledger_.reader(permit)->head().sequence;
  if (head >= counted + least) {
    auto progress = rollups_.advance(permit, tenant.tenant.time_zone, ledger::UsageRollups::kStride);
    std::string fault = progress ? "" : progress.error().reason + progress.error().detail;
    if (!fault.empty() && fault != faults_[tenant.id().str()]) {
      log_error("usage.not_counted", {{"tenant", tenant.id().view()},
                                      {"reason", progress.error().reason},
                                      {"detail", progress.error().detail}});
    }
    faults_[tenant.id().str()] = std::move(fault);
    if (progress) counted = progress->counted;
  }
  waiting_ += head - std::min(head, counted);
}

}  // namespace bailiwick::app
