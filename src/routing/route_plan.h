// RoutePlan: a tenant's router.yaml made ready to call: origins parsed, keys and prices found, breakers in
// place.
//
// Made once per snapshot and price book, then shared by every request of the tenant. Immutable but for what
// it remembers and for the keys, which guard themselves.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <boost/container/static_vector.hpp>

#include "metering/prices.h"
#include "net/client.h"
#include "routing/adapter.h"
#include "routing/route_memory.h"
#include "routing/secret.h"
#include "snapshot/sovereignty_rules.h"
#include "snapshot/tenant_snapshot.h"

namespace bailiwick::routing {

struct PlannedProvider {
  PlannedProvider(std::string name, const snapshot::Provider& declared,
                  std::shared_ptr<CircuitBreaker> breaker);

  const std::string name;
  const ProviderKind kind;
  const Result<net::Origin> origin;
  const std::chrono::milliseconds timeout;
  const std::string api_version;
  const std::unique_ptr<Secret> key;           ///< null: the upstream asks for none
  const policy::Facts facts;                   ///< what rules may want to know of it; lives in the snapshot
  std::shared_ptr<metering::FairQueue> queue;  ///< before its slots; null: they are not scarce
  const std::shared_ptr<CircuitBreaker> breaker;
};

struct PlannedTarget {
  const snapshot::RouteTarget* declared = nullptr;
  PlannedProvider* provider = nullptr;          ///< null: `local`
  const metering::ModelPrice* price = nullptr;  ///< null: none known; `local` costs nothing
  std::int64_t weight = 1;                      ///< in a split
  std::shared_ptr<TargetHealth> health;         ///< null: `local`

  bool is_local() const { return provider == nullptr; }
  /// When it may be called; long past when it may be now.
  MonoTime ready_at() const {
    return is_local() ? MonoTime() : std::max(provider->breaker->ready_at(), health->ready_at());
  }
  ProviderKind kind() const { return is_local() ? ProviderKind::kLocal : provider->kind; }
  const std::string& model() const { return declared->model; }
  std::string_view provider_name() const { return declared->provider; }
};

/// Which of the targets can answer a caller, as they are or through a translation.
enum class Speakers {
  kOpenAiChat,
  kOpenAiEmbeddings,
  kAnthropicMessages,
  kAnthropicCount,
  kAny,  ///< a prompt of our own is written in whatever dialect the target has
};
constexpr Speakers speakers_of(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::kChatCompletions:
      return Speakers::kOpenAiChat;
    case Endpoint::kEmbeddings:
      return Speakers::kOpenAiEmbeddings;
    case Endpoint::kMessages:
      return Speakers::kAnthropicMessages;
    case Endpoint::kCountTokens:
      return Speakers::kAnthropicCount;
  }
  return Speakers::kAny;
}
bool speaks(const PlannedTarget& target, Speakers speakers);

/// The targets that a request may try, in order.
class Candidates {
 public:
  static constexpr std::size_t kMost = 40;  ///< a split, a fallback and the further ones
  using List = boost::container::static_vector<const PlannedTarget*, kMost>;

  explicit Candidates(Speakers speakers) : speakers_(speakers) {}
  /// Adds those of `targets` that speak so. Those of a split come first.
  enum class Part { kSplit, kRest };
  Candidates& add(std::span<const PlannedTarget> targets, Part part = Part::kRest);

  /// The next one, or null.
  const PlannedTarget* next() { return next_ < targets_.size() ? targets_[next_++] : nullptr; }
  /// As if the last one had not been asked for.
  void step_back() { --next_; }
  /// From the beginning again, in the same order.
  void rewind() { next_ = 0; }

  std::span<const PlannedTarget*> targets() { return targets_; }
  std::span<const PlannedTarget* const> targets() const { return targets_; }
  std::span<const PlannedTarget*> split() { return std::span(targets_).first(split_); }

 private:
  Speakers speakers_;
  List targets_;
  std::size_t split_ = 0;
  std::size_t next_ = 0;
};

/// When the first of them may be called.
MonoTime soonest(std::span<const PlannedTarget* const> targets);

class RoutePlan {
 public:
  /// The routes of `program`, or the tenant's own when it is empty or overrides nothing.
  RoutePlan(snapshot::SnapshotPtr snapshot, std::string_view program,
            std::shared_ptr<const metering::PriceBook> prices, std::shared_ptr<RouteMemory> memory);
  RoutePlan(const RoutePlan&) = delete;
  RoutePlan& operator=(const RoutePlan&) = delete;

  bool fits(const snapshot::SnapshotPtr& snapshot,
            const std::shared_ptr<const metering::PriceBook>& prices) const {
    return snapshot_ == snapshot && prices_ == prices;
  }

  const tenancy::TenantId& tenant() const { return snapshot_->id(); }
  const std::string& program() const { return program_; }
  const snapshot::RouterConfig& config() const { return config_; }
  RouteMemory& memory() const { return *memory_; }
  /// The tenant's, where calls wait for a provider.
  const metering::FairQueue::Share& share() const { return share_; }

  /// Where a chain begins.
  enum class Start { kPrimary, kFallback };
  /// Resolves `auto` or a model's name. Errors: kNotFound `model_not_found`, kInvalid `no_route`.
  Result<Candidates> resolve(std::string_view model, Speakers speakers, Start start) const;

  /// True once each time that the used share of a budget passes `threshold`: for telling, not for deciding.
  bool just_passed(double used, double threshold) const {
    bool past = used >= threshold;
    return !alerted_.exchange(past) && past;
  }

  /// Does the order of targets depend on more than the file?
  bool arranges() const { return split_ > 0 || config_.sla.p95_latency_ms || config_.sla.error_rate_max; }
  /// Every target, in the order of the routes.
  std::vector<const PlannedTarget*> targets() const;
  /// Every model that may be named, each once, in the order of the routes.
  std::vector<const PlannedTarget*> models() const;

 private:
  using Targets = std::vector<PlannedTarget>;
  void add(Targets& targets, const snapshot::RouteTarget& declared, std::int64_t weight = 1);
  PlannedProvider* provider(const std::string& name);
  const std::string& address_of(const std::string& provider) const;
  Result<Candidates> resolve_auto(Speakers speakers, Start start) const;
  Candidates resolve_split(std::string_view model, Speakers speakers) const;
  std::span<const PlannedTarget> split() const { return std::span(chain_).first(split_); }
  /// What is tried when the first choice failed.
  std::span<const PlannedTarget> fallbacks() const {
    return std::span(chain_).subspan(std::max<std::size_t>(split_, 1));
  }
  /// Some target of any kind speaks so.
  bool speaks_at_all(Speakers speakers) const;

  snapshot::SnapshotPtr snapshot_;
  std::string program_;
  const snapshot::RouterConfig& config_;  ///< lives in the snapshot
  std::shared_ptr<const metering::PriceBook> prices_;
  std::shared_ptr<RouteMemory> memory_;
  metering::FairQueue::Share share_;
  std::optional<metering::ModelPrice> ceiling_;  ///< of a model whose price is not known
  std::vector<std::unique_ptr<PlannedProvider>> providers_;
  Targets chain_;          ///< what `auto` tries
  std::size_t split_ = 0;  ///< so many of its first are a split's
  Targets embeddings_;
  Targets additional_;
  mutable std::atomic<bool> alerted_{false};
};

inline constexpr std::string_view kAutoModel = "auto";

}  // namespace bailiwick::routing
