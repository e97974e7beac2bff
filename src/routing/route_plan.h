// RoutePlan: a tenant's router.yaml made ready to call: origins parsed, keys and prices found, breakers in
// place.
//
// Made once per snapshot and price book, then shared by every request of the tenant. Immutable but for the
// breakers and the keys, which guard themselves.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "metering/prices.h"
#include "net/client.h"
#include "routing/adapter.h"
#include "routing/circuit_breaker.h"
#include "routing/secret.h"
#include "snapshot/sovereignty_rules.h"
#include "snapshot/tenant_snapshot.h"

namespace bailiwick::routing {

struct PlannedProvider {
  PlannedProvider(std::string name, const snapshot::Provider& declared);

  const std::string name;
  const ProviderKind kind;
  const Result<net::Origin> origin;
  const std::chrono::milliseconds timeout;
  const std::unique_ptr<Secret> key;  ///< null: the upstream asks for none
  const policy::Facts facts;          ///< what rules may want to know of it; lives in the snapshot
  CircuitBreaker breaker;
};

struct PlannedTarget {
  const snapshot::RouteTarget* declared = nullptr;
  PlannedProvider* provider = nullptr;          ///< null: `local`
  const metering::ModelPrice* price = nullptr;  ///< null: none known; `local` costs nothing

  bool is_local() const { return provider == nullptr; }
  ProviderKind kind() const { return is_local() ? ProviderKind::kLocal : provider->kind; }
  const std::string& model() const { return declared->model; }
  std::string_view provider_name() const { return declared->provider; }
};

/// Which of the targets speak what a caller speaks.
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
  Candidates(std::span<const PlannedTarget> targets, Speakers speakers)
      : left_(targets), speakers_(speakers) {}
  /// The next one, or null.
  const PlannedTarget* next();

 private:
  std::span<const PlannedTarget> left_;
  Speakers speakers_;
};

class RoutePlan {
 public:
  /// The routes of `program`, or the tenant's own when it is empty or overrides nothing.
  RoutePlan(snapshot::SnapshotPtr snapshot, std::string_view program,
            std::shared_ptr<const metering::PriceBook> prices);
  RoutePlan(const RoutePlan&) = delete;
  RoutePlan& operator=(const RoutePlan&) = delete;

  bool fits(const snapshot::SnapshotPtr& snapshot,
            const std::shared_ptr<const metering::PriceBook>& prices) const {
    return snapshot_ == snapshot && prices_ == prices;
  }

  const std::string& program() const { return program_; }
  const snapshot::RouterConfig& config() const { return config_; }

  /// Where a chain begins.
  enum class Start { kPrimary, kFallback };
  /// Resolves `auto` or a model's name. Errors: kNotFound `model_not_found`, kInvalid `no_route`.
  Result<Candidates> resolve(std::string_view model, Speakers speakers, Start start) const;

  /// True once each time that the used share of a budget passes `threshold`: for telling, not for deciding.
  bool just_passed(double used, double threshold) const {
    bool past = used >= threshold;
    return !alerted_.exchange(past) && past;
  }

  /// Every model that may be named, each once, in the order of the routes.
  std::vector<const PlannedTarget*> models() const;

 private:
  using Targets = std::vector<PlannedTarget>;
  void add(Targets& targets, const snapshot::RouteTarget& declared);
  PlannedProvider* provider(const std::string& name);
  Result<Candidates> resolve_auto(Speakers speakers, Start start) const;
  /// Some target of any kind speaks so.
  bool speaks_at_all(Speakers speakers) const;

  snapshot::SnapshotPtr snapshot_;
  std::string program_;
  const snapshot::RouterConfig& config_;  ///< lives in the snapshot
  std::shared_ptr<const metering::PriceBook> prices_;
  std::optional<metering::ModelPrice> ceiling_;  ///< of a model whose price is not known
  std::vector<std::unique_ptr<PlannedProvider>> providers_;
  Targets chain_;  ///< what `auto` tries
  Targets embeddings_;
  Targets additional_;
  mutable std::atomic<bool> alerted_{false};
};

inline constexpr std::string_view kAutoModel = "auto";

}  // namespace bailiwick::routing
