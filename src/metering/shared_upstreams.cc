#include "metering/shared_upstreams.h"

namespace bailiwick::metering {

FairQueue::Options SharedUpstreams::dedicated_options(const Rule& rule) {
  FairQueue::Options options = rule.shared;
  options.slots = rule.dedicated;
  options.reserved = {};
  options.spare = 0;
  return options;
}

void SharedUpstreams::set(const Rules& rules, MonoTime now) {
  MutexLock lock(mutex_);
  std::erase_if(upstreams_, [&](const auto& known) { return !rules.contains(known.first); });
  for (const auto& [host, rule] : rules) {
    Upstream& upstream = upstreams_[host];
    upstream.rule = rule;
    if (!upstream.shared) upstream.shared = std::make_shared<FairQueue>(rule.shared);
    upstream.shared->set(rule.shared, now);
    // Calls that wait in a queue that is no more find their way: they hold it, and it goes on giving its
    // slots.
    if (rule.dedicated == 0) upstream.dedicated.clear();
    std::erase_if(upstream.dedicated, [](const auto& known) { return known.second.use_count() == 1; });
    for (auto& [tenant, queue] : upstream.dedicated) queue->set(dedicated_options(rule), now);
  }
}

std::shared_ptr<FairQueue> SharedUpstreams::find(std::string_view host, std::string_view alone) {
  MutexLock lock(mutex_);
  auto known = upstreams_.find(host);
  if (known == upstreams_.end()) return nullptr;
  Upstream& upstream = known->second;
  if (alone.empty() || upstream.rule.dedicated == 0) return upstream.shared;
  auto& queue = upstream.dedicated[std::string(alone)];
  if (!queue) queue = std::make_shared<FairQueue>(dedicated_options(upstream.rule));
  return queue;
}

}  // namespace bailiwick::metering
