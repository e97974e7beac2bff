// router.yaml: which models a tenant may call, in which order, and with which money.
#pragma once

#include "base/binding.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::snapshot {

enum class ProviderKind { kOpenAi, kAnthropic, kLocal };
enum class BudgetAction { kDowngradeToFallback, kBlock, kAlert };

constexpr std::array<std::pair<std::string_view, ProviderKind>, 3> enum_table(ProviderKind) {
  return {{{"openai", ProviderKind::kOpenAi}, {"anthropic", ProviderKind::kAnthropic}, {"local", ProviderKind::kLocal}}};
}
constexpr std::array<std::pair<std::string_view, BudgetAction>, 3> enum_table(BudgetAction) {
  return {{{"downgrade_to_fallback", BudgetAction::kDowngradeToFallback},
           {"block", BudgetAction::kBlock},
           {"alert", BudgetAction::kAlert}}};
}

/// A reference to a secret: `env:NAME` or `file:/path`. Never the secret itself; never printed resolved.
struct SecretRef {
  std::string reference;
  static Result<SecretRef> parse(std::string_view text);
  static json::object schema();
};

/// An upstream of a tenant. `local` is built in and needs no entry.
struct Provider {
  ProviderKind kind = ProviderKind::kOpenAi;
  std::string base_url;  ///< `https://api.openai.com/v1`, `https://api.anthropic.com`
  std::optional<SecretRef> api_key;
  std::chrono::milliseconds timeout{60'000};
  std::string region;
};

/// One step of the route: tried in order, primary first.
struct RouteTarget {
  std::string provider;  ///< a key of `providers`, or `local`
  std::string model;
  std::optional<double> temperature;
  std::optional<std::int64_t> max_tokens;
};

struct Routing {
  RouteTarget primary{.provider = "local", .model = "extractive", .temperature = {}, .max_tokens = {}};
  std::optional<RouteTarget> fallback;
  std::vector<RouteTarget> fallbacks;        ///< further ones, after `fallback`
  std::optional<RouteTarget> embeddings;     ///< for /v1/embeddings with model `auto`
  std::vector<RouteTarget> additional_models;  ///< may be asked for by name, never chosen by `auto`
};

struct RouterSla {
  std::optional<std::int64_t> p95_latency_ms;
  std::optional<double> error_rate_max;
  std::optional<PicoDollars> cost_per_1k_qa_usd;
};

struct BudgetBreaker {
  double threshold = 0.8;  ///< share of a budget at which `action` begins
  BudgetAction action = BudgetAction::kAlert;
};

struct RouterBudget {
  std::optional<PicoDollars> monthly_limit_usd;
  std::optional<PicoDollars> daily_limit_usd;
  std::optional<BudgetBreaker> circuit_breaker;
};

struct RouterConfig {
  std::optional<tenancy::TenantId> tenant_id;
  std::map<std::string, Provider> providers;
  Routing routing;
  RouterSla sla;
  RouterBudget budget;

  /// Every target in the order `auto` tries them.
  std::vector<const RouteTarget*> chain() const;
};

}  // namespace bailiwick::snapshot
