// SharedUpstreams: the upstreams whose slots the platform shares between tenants, each with its fair queue.
//
// Lives as long as the registry of tenants; snapshots point to it. Safe from any thread.
#pragma once

#include <map>
#include <string>

#include "metering/fair_queue.h"

namespace bailiwick::metering {

class SharedUpstreams {
 public:
  struct Rule {
    FairQueue::Options shared;
    /// Slots of its own for each tenant whose isolation is hard; 0 = they share like the others.
    std::int64_t dedicated = 0;
    bool operator==(const Rule&) const = default;
  };
  /// By `host[:port]`.
  using Rules = std::map<std::string, Rule, std::less<>>;

  void set(const Rules& rules, MonoTime now);

  /// The queue before this upstream; null: nobody limits it. `alone` names a tenant that is kept apart from
  /// the others; empty = it shares.
  std::shared_ptr<FairQueue> find(std::string_view host, std::string_view alone);

 private:
  struct Upstream {
    Rule rule;
    std::shared_ptr<FairQueue> shared;
    std::map<std::string, std::shared_ptr<FairQueue>, std::less<>> dedicated;
  };
  static FairQueue::Options dedicated_options(const Rule& rule);

  mutable Mutex mutex_;
  std::map<std::string, Upstream, std::less<>> upstreams_ BW_GUARDED_BY(mutex_);
};

}  // namespace bailiwick::metering
