#include "app/usage_counting.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

#include "app/system_tasks.h"
#include "base/log.h"

namespace bailiwick::app {
namespace {

using ledger::Growth;

/// For the chains that have grown by little, in one pass: each transaction opens a database and waits for the
/// disk, however little it counts.
constexpr std::chrono::milliseconds kForLittle{50};
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
      if (!count_all(stop)) wake.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
    }
  });
}

bool UsageCounting::count_all(const std::stop_token& stop) {
  bool got_on = false;
  // What is put back comes in the next pass.
  for (std::size_t left = grown_.size(Growth::kMuch); left > 0 && !stop.stop_requested(); --left) {
    got_on |= count_next(Growth::kMuch);
  }
  const MonoTime until = clock_.mono() + kForLittle;
  for (std::size_t left = grown_.size(Growth::kLittle); left > 0 && !stop.stop_requested(); --left) {
    if (clock_.mono() >= until) break;
    count_next(Growth::kLittle);
  }
  const std::uint64_t records = grown_.records();
  lag_.set(static_cast<double>(records - std::min(records, all_counted_)));
  return got_on && grown_.size(Growth::kMuch) > 0;
}

bool UsageCounting::count_next(Growth growth) {
  std::optional<ledger::GrownChain> chain = grown_.take(growth);
  if (!chain) return false;
  try {
    return count(*chain);
  } catch (const std::exception& fault) {
    // Out of memory. The tenant's next record, or a report, has it counted.
    log_error("usage.not_counted", {{"tenant", chain->tenant}, {"detail", fault.what()}});
    return false;
  }
}

/// At most one transaction, so that a tenant with a long chain does not hold up the others.
bool UsageCounting::count(const ledger::GrownChain& chain) {
  const snapshot::SnapshotPtr tenant = tenants_.find(chain.tenant);
  if (tenant == nullptr) {  // there is nobody to be charged
    set_counted(chain.tenant, chain.head);
    return true;
  }
  Result<std::uint64_t> counted = advance(*tenant);
  if (!counted) {
    say(chain.tenant, counted.error());
    grown_.put_back(chain, counted_[chain.tenant]);
    return false;
  }
  faults_.erase(chain.tenant);
  set_counted(chain.tenant, *counted);
  if (*counted < chain.head) grown_.put_back(chain, *counted);
  return true;
}

Result<std::uint64_t> UsageCounting::advance(const snapshot::TenantSnapshot& tenant) {
  try {
    TRY(auto progress,
        rollups_.advance(usage_permit(tenant.id()), tenant.tenant.time_zone, ledger::UsageRollups::kStride));
    return progress.counted;
  } catch (const std::exception& fault) {
    return fail(ErrorCode::kInternal, "server.fault", fault.what());
  }
}

void UsageCounting::say(std::string_view tenant, const Error& error) {
  std::string& said = faults_[tenant];
  std::string fault = error.reason + ": " + error.detail;
  if (fault == said) return;
  log_error("usage.not_counted", {{"tenant", tenant}, {"reason", error.reason}, {"detail", error.detail}});
  said = std::move(fault);
}

void UsageCounting::set_counted(std::string_view tenant, std::uint64_t counted) {
  std::uint64_t& known = counted_[tenant];
  all_counted_ += counted - std::exchange(known, counted);
}

}  // namespace bailiwick::app
