#include "ledger/repeated_denials.h"

#include <algorithm>

#include "ledger/ledger.h"

namespace bailiwick::ledger {
namespace {

std::string_view chain_of(const tenancy::TenantId* tenant) {
  return tenant != nullptr ? tenant->view() : Ledger::kPlatformChain;
}

}  // namespace

bool RepeatedDenials::Tally::is_of(const Record& denial) const {
  return principal == denial.principal && action == denial.action && reason == denial.reason &&
         policy_revision == denial.policy_revision;
}

void RepeatedDenials::Tally::count(WallTime time) {
  // The calendar may be set back in the middle of a window.
  first_time = repeated == 0 ? time : std::min(first_time, time);
  last_time = repeated == 0 ? time : std::max(last_time, time);
  ++repeated;
}

Record RepeatedDenials::Tally::summary(WallTime now) const {
  Record record;
  record.time = now;
  record.principal = principal;
  record.action = action;
  record.decision = "deny";
  record.reason = reason;
  record.policy_revision = policy_revision;
  record.extra = {{"repeated", repeated},
                  {"first_time", json::string(to_rfc3339(first_time))},
                  {"last_time", json::string(to_rfc3339(last_time))}};
  return record;
}

Result<RepeatedDenials::Outcome> RepeatedDenials::add(const tenancy::TenantId* tenant, const Record& denial) {
  Shard& shard = shards_[Hash()(chain_of(tenant)) % shards_.size()];
  MutexLock lock(shard.mutex);
  TRY(Window * window, open_window(shard, tenant));
  Tally& tally = tally_of(*window, denial);
  if (tally.in_full < limits_.in_full) {
    CHECK_OK(write_(tenant, denial));
    ++tally.in_full;
    return Outcome::kInFull;
  }
  tally.count(denial.time);
  counted_.fetch_add(1, std::memory_order_relaxed);
  return Outcome::kCounted;
}

/// The chain's window: the one that is open, or a new one behind the summaries of the one that has ended.
Result<RepeatedDenials::Window*> RepeatedDenials::open_window(Shard& shard, const tenancy::TenantId* tenant) {
  auto found = shard.windows.find(chain_of(tenant));
  if (found == shard.windows.end()) {
    found = shard.windows.try_emplace(std::string(chain_of(tenant))).first;
    if (tenant != nullptr) found->second.tenant = *tenant;
  } else if (has_ended(found->second)) {
    CHECK_OK(close(found->second));
  } else {
    return &found->second;
  }
  found->second.opened = clock_.mono();
  return &found->second;
}

RepeatedDenials::Tally& RepeatedDenials::tally_of(Window& window, const Record& denial) {
  auto known = std::ranges::find_if(window.kinds, [&](const Tally& tally) { return tally.is_of(denial); });
  if (known != window.kinds.end()) return *known;
  if (!take_room(window)) return window.others;
  Tally& made = window.kinds.emplace_back();
  made.principal = denial.principal;
  made.action = denial.action;
  made.reason = denial.reason;
  made.policy_revision = denial.policy_revision;
  return made;
}

bool RepeatedDenials::take_room(const Window& window) {
  if (window.kinds.size() >= limits_.kinds_per_chain) return false;
  if (kinds_.fetch_add(1) < limits_.kinds) return true;
  kinds_.fetch_sub(1);
  return false;
}

/// Writes the summaries and empties the window. After an error it holds what was not written.
Status RepeatedDenials::close(Window& window) {
  for (Tally& tally : window.kinds) CHECK_OK(write_summary(window, tally));
  window.others.reason = "denials.collapsed";
  CHECK_OK(write_summary(window, window.others));
  kinds_.fetch_sub(window.kinds.size());
  window.kinds.clear();
  window.others = {};
  return {};
}

Status RepeatedDenials::write_summary(const Window& window, Tally& tally) {
  if (tally.repeated == 0) return {};
  CHECK_OK(write_(window.tenant ? &*window.tenant : nullptr, tally.summary(clock_.wall())));
  tally.repeated = 0;
  return {};
}

Status RepeatedDenials::close_windows(Which which) {
  Status outcome;
  for (Shard& shard : shards_) {
    MutexLock lock(shard.mutex);
    for (auto at = shard.windows.begin(); at != shard.windows.end();) {
      Status closed;
      bool due = which == Which::kAll || has_ended(at->second);
      if (due) closed = close(at->second);
      if (!closed) outcome = closed;
      at = due && closed ? shard.windows.erase(at) : std::next(at);
    }
  }
  return outcome;
}

Status RepeatedDenials::sweep() {
  return close_windows(Which::kEnded);
}

Status RepeatedDenials::flush() {
  return close_windows(Which::kAll);
}

}  // namespace bailiwick::ledger
