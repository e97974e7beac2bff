// router.yaml: which models a tenant may call, in which order, and with which money.
#pragma once

#include "base/binding.h"
#include "metering/limits.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::snapshot {

enum class ProviderKind { kOpenAi, kAnthropic, kLocal };
enum class BudgetAction { kDowngradeToFallback, kBlock, kAlert };

constexpr std::array<std::pair<std::string_view, ProviderKind>, 3> enum_table(ProviderKind) {
  return {{{"openai", ProviderKind::kOpenAi},
           {"anthropic", ProviderKind::kAnthropic},
           {"local", ProviderKind::kLocal}}};
}
constexpr std::array<std::pair<std::string_view, BudgetAction>, 3> enum_table(BudgetAction) {
  return {{{"downgrade_to_fallback", BudgetAction::kDowngradeToFallback},
           {"block", BudgetAction::kBlock},
           {"alert", BudgetAction::kAlert}}};
}

/// A reference to a secret: `env:NAME` or `file:/path`. Never the secret itself; never printed resolved.
struct SecretRef {
  std::string reference;
  /// Errors: kInvalid `secret.inline`, with a message that does not repeat the text: it may be the secret.
  static Result<SecretRef> parse(std::string_view text);
  static json::object schema();
  const std::string& str() const { return reference; }
};

/// `http://` or `https://`, a host, no user, query or fragment: nothing that could carry a key.
bool is_base_url(std::string_view text);

/// An upstream of a tenant. `local` is built in and needs no entry.
struct Provider {
  ProviderKind kind = ProviderKind::kOpenAi;
  std::string base_url;  ///< `https://api.openai.com/v1`, `https://api.anthropic.com`
  std::optional<SecretRef> api_key;
  std::chrono::milliseconds timeout{60'000};
  std::string region;
};
template <class Visitor>
void describe(Visitor& v, Provider& provider) {
  v.required("kind", provider.kind, "The dialect it speaks; `local` is built in and needs no entry.");
  v.required("base_url", provider.base_url,
             "https://api.openai.com/v1, https://api.anthropic.com, or a host of yours.",
             {.max_length = 500});
  v.field("api_key", provider.api_key, "Where the key is: env:NAME or file:/absolute/path.");
  v.field("timeout", provider.timeout, "The most that one call may take: 60s.");
  v.field("region", provider.region, "Where it runs; checked against data-sovereignty.yaml.",
          {.max_length = 63});
  v.require(provider.base_url.empty() || is_base_url(provider.base_url),
            "base_url: write http(s)://host[:port][/path] without user, query or fragment");
  v.require(provider.kind != ProviderKind::kLocal, "kind: local is built in; use it without an entry here");
  v.require(provider.timeout.count() > 0, "timeout: must be more than 0");
}

/// One step of the route: tried in order, primary first.
struct RouteTarget {
  std::string provider;  ///< a key of `providers`, or `local`
  std::string model;
  std::optional<double> temperature;
  std::optional<std::int64_t> max_tokens;
};
template <class Visitor>
void describe(Visitor& v, RouteTarget& target) {
  v.required("provider", target.provider, "A key of providers, or local.",
             {.max_length = 63, .min_length = 1});
  v.required("model", target.model, "The provider's name of the model.",
             {.max_length = 200, .min_length = 1});
  v.field("temperature", target.temperature, "When a request does not say.", {.min = 0, .max = 2});
  v.field("max_tokens", target.max_tokens, "Output tokens when a request does not say.",
          {.min = 1, .max = 1e7});
}

struct Routing {
  RouteTarget primary{.provider = "local", .model = "extractive", .temperature = {}, .max_tokens = {}};
  std::optional<RouteTarget> fallback;
  std::vector<RouteTarget> fallbacks;          ///< further ones, after `fallback`
  std::optional<RouteTarget> embeddings;       ///< for /v1/embeddings with model `auto`
  std::vector<RouteTarget> additional_models;  ///< may be asked for by name, never chosen by `auto`
};
template <class Visitor>
void describe(Visitor& v, Routing& routing) {
  v.field("primary", routing.primary, "Tried first. Default: local, the built-in extractive answerer.");
  v.field("fallback", routing.fallback, "Tried when the primary fails, or when the budget asks for it.");
  v.field("fallbacks", routing.fallbacks, "Tried after the fallback, in this order.", {.max_length = 16});
  v.field("embeddings", routing.embeddings, "What /v1/embeddings calls for the model `auto`.");
  v.field("additional_models", routing.additional_models,
          "May be asked for by name; `auto` never chooses them.", {.max_length = 100});
}

struct RouterSla {
  std::optional<std::int64_t> p95_latency_ms;
  std::optional<double> error_rate_max;
  std::optional<PicoDollars> cost_per_1k_qa_usd;
};
template <class Visitor>
void describe(Visitor& v, RouterSla& sla) {
  v.field("p95_latency_ms", sla.p95_latency_ms, "95 % of calls are quicker, in milliseconds.",
          {.min = 1, .max = 1e7});
  v.field("error_rate_max", sla.error_rate_max, "Share of calls that may fail.", {.min = 0, .max = 1});
  v.field("cost_per_1k_qa_usd", sla.cost_per_1k_qa_usd, "USD for 1000 questions answered.");
}

struct BudgetBreaker {
  double threshold = 0.8;  ///< share of a budget at which `action` begins
  BudgetAction action = BudgetAction::kAlert;
  bool operator==(const BudgetBreaker&) const = default;
};
template <class Visitor>
void describe(Visitor& v, BudgetBreaker& breaker) {
  v.required("threshold", breaker.threshold, "Share of a budget at which the action begins.",
             {.min = 0.01, .max = 1});
  v.required("action", breaker.action, "What happens from there on; past the limit every call is refused.");
}

/// What a model is taken to cost whose price is not known: more than any, or it is no ceiling.
struct CeilingPrice {
  PicoDollars input_per_million_usd;
  PicoDollars output_per_million_usd;
  bool operator==(const CeilingPrice&) const = default;
};
template <class Visitor>
void describe(Visitor& v, CeilingPrice& price) {
  v.required("input_per_million_usd", price.input_per_million_usd, "USD for a million tokens that are read.");
  v.required("output_per_million_usd", price.output_per_million_usd,
             "USD for a million tokens that are written.");
}

struct RouterBudget {
  std::optional<PicoDollars> monthly_limit_usd;
  std::optional<PicoDollars> daily_limit_usd;
  metering::Enforcement enforcement = metering::Enforcement::kStrict;
  std::optional<CeilingPrice> unknown_price;
  std::optional<BudgetBreaker> circuit_breaker;
  bool operator==(const RouterBudget&) const = default;
};
template <class Visitor>
void describe(Visitor& v, RouterBudget& budget) {
  v.field("monthly_limit_usd", budget.monthly_limit_usd, "Hard limit of a calendar month.");
  v.field("daily_limit_usd", budget.daily_limit_usd, "Hard limit of a day.");
  v.field(
      "enforcement", budget.enforcement,
      "strict: not a cent past the limit. expected: requests count by what they usually cost, and what is "
      "in flight at the end ends well. warn: alerts only.");
  v.field("unknown_price", budget.unknown_price,
          "What a model without a known price is taken to cost. Absent = it is refused.");
  v.field("circuit_breaker", budget.circuit_breaker, "What happens before a limit is reached.");
  v.require(!budget.daily_limit_usd || !budget.monthly_limit_usd ||
                *budget.daily_limit_usd <= *budget.monthly_limit_usd,
            "daily_limit_usd must not be above monthly_limit_usd");
}

struct RouterConfig {
  std::optional<tenancy::TenantId> tenant_id;
  std::map<std::string, Provider> providers;
  Routing routing;
  RouterSla sla;
  RouterBudget budget;

  /// Every target in the order `auto` tries them.
  std::vector<const RouteTarget*> chain() const;
};
template <class Visitor>
void describe(Visitor& v, RouterConfig& router) {
  v.field("tenant_id", router.tenant_id, "Whose file this is; must be the folder's name.");
  v.field("providers", router.providers, "Upstreams by name; targets name them.", {.max_length = 32});
  v.field("routing", router.routing, "Which model is called, and which when that fails.");
  v.field("sla", router.sla, "What is expected of the models.");
  v.field("budget", router.budget,
          "The money of the tenant's model calls; the stricter of this and its quotas holds.");
}

}  // namespace bailiwick::snapshot
