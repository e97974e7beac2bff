// router.yaml: which models a tenant may call, in which order, and with which money.
#pragma once

#include "base/binding.h"
#include "metering/limits.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::snapshot {

enum class ProviderKind { kOpenAi, kAnthropic, kLocal, kAzure, kBedrock, kGemini, kVertex };
enum class BudgetAction { kDowngradeToFallback, kBlock, kAlert };

constexpr std::array<std::pair<std::string_view, ProviderKind>, 7> enum_table(ProviderKind) {
  return {{{"openai", ProviderKind::kOpenAi},
           {"anthropic", ProviderKind::kAnthropic},
           {"local", ProviderKind::kLocal},
           {"azure", ProviderKind::kAzure},
           {"bedrock", ProviderKind::kBedrock},
           {"gemini", ProviderKind::kGemini},
           {"vertex", ProviderKind::kVertex}}};
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
  std::string api_version;  ///< of `azure`: calls go by deployments then
  std::chrono::milliseconds timeout{60'000};
  std::string region;
};
template <class Visitor>
void describe(Visitor& v, Provider& provider) {
  v.required(
      "kind", provider.kind,
      "The API that it speaks, and how it is proved whose a call is (docs/providers.md); `local` is built "
      "in and needs no entry.");
  v.required("base_url", provider.base_url,
             "https://api.openai.com/v1, https://api.anthropic.com, or a host of yours.",
             {.max_length = 500});
  v.field(
      "api_key", provider.api_key,
      "Where the key is: env:NAME or file:/absolute/path. Of bedrock ACCESS_KEY:SECRET[:SESSION_TOKEN], of "
      "vertex an access token; a file is read again when it changes.");
  v.field("api_version", provider.api_version,
          "Of azure: 2024-10-21; models are names of deployments then. Absent = its v1 API.",
          {.max_length = 63});
  v.field("timeout", provider.timeout, "The most that one call may take: 60s.");
  v.field("region", provider.region, "Where it runs; checked against data-sovereignty.yaml.",
          {.max_length = 63});
  v.require(provider.base_url.empty() || is_base_url(provider.base_url),
            "base_url: write http(s)://host[:port][/path] without user, query or fragment");
  v.require(provider.kind != ProviderKind::kLocal, "kind: local is built in; use it without an entry here");
  v.require(provider.api_version.empty() || provider.kind == ProviderKind::kAzure,
            "api_version: only azure has one");
  v.require(provider.kind != ProviderKind::kBedrock || (provider.api_key && !provider.region.empty()),
            "kind: bedrock needs api_key and region, with which calls are signed");
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

/// How one of several equal targets is chosen.
enum class SplitBy { kWeight, kSticky, kLatency, kCost };
constexpr std::array<std::pair<std::string_view, SplitBy>, 4> enum_table(SplitBy) {
  return {{{"weight", SplitBy::kWeight},
           {"sticky", SplitBy::kSticky},
           {"latency", SplitBy::kLatency},
           {"cost", SplitBy::kCost}}};
}

struct SplitTarget : RouteTarget {
  std::int64_t weight = 1;  ///< its part of the calls is this by the sum of all; 0 = only when others fail
};
template <class Visitor>
void describe(Visitor& v, SplitTarget& target) {
  describe(v, static_cast<RouteTarget&>(target));
  v.field("weight", target.weight, "Its part of the calls, as against the others'; 0 = when others fail.",
          {.min = 0, .max = 1000});
}

struct Split {
  SplitBy by = SplitBy::kWeight;
  std::vector<SplitTarget> targets;
};
template <class Visitor>
void describe(Visitor& v, Split& split) {
  v.field(
      "by", split.by,
      "weight: by their weights. sticky: likewise, and a session or token stays with its target. latency: "
      "the quicker of two. cost: the cheapest for the request.");
  v.required("targets", split.targets, "Between which the calls are split.",
             {.max_length = 16, .min_length = 2});
  bool weighed = split.targets.empty() || std::ranges::any_of(split.targets, [](const SplitTarget& target) {
                   return target.weight > 0;
                 });
  v.require(weighed, "targets: one of them needs a weight above 0");
}

/// When all targets failed: whether, and for how long, to try again.
struct Retries {
  std::int64_t attempts = 0;                 ///< further rounds through the route
  std::chrono::milliseconds longest{2'000};  ///< after the call began, no further round begins
  double share = 0.1;                        ///< of the tenant's calls that may be retried
};
template <class Visitor>
void describe(Visitor& v, Retries& retries) {
  v.required("attempts", retries.attempts,
             "How often the route is tried again when all of it failed and nothing was used.",
             {.min = 0, .max = 5});
  v.field(
      "longest_wait", retries.longest,
      "How long after its beginning a call may be tried again; a provider that asks for more (Retry-After) "
      "gets it, and the caller its answer.");
  v.field("share", retries.share, "The most retries, as a share of the tenant's calls.",
          {.min = 0, .max = 1});
  v.require(retries.longest.count() > 0 && retries.longest <= std::chrono::minutes(1),
            "longest_wait: write more than 0 and at most 1m");
}

/// When the first target is slow: whether, and after how long, to ask the next one too.
struct Hedge {
  std::optional<std::chrono::milliseconds>
      after;            ///< empty: the 95th percentile of the target's calls of late
  double share = 0.05;  ///< of the tenant's calls that may be hedged
};
template <class Visitor>
void describe(Visitor& v, Hedge& hedge) {
  v.field(
      "after", hedge.after,
      "How long the first target may take before the next is asked too. Default: as long as 95 of 100 of its "
      "calls took in the last half minute.");
  v.field("share", hedge.share, "The most calls that are asked twice, as a share of the tenant's calls.",
          {.min = 0, .max = 1});
  v.require(!hedge.after || (hedge.after->count() > 0 && *hedge.after <= std::chrono::minutes(5)),
            "after: write more than 0 and at most 5m");
}

struct Routing {
  RouteTarget primary{.provider = "local", .model = "extractive", .temperature = {}, .max_tokens = {}};
  std::optional<Split> split;  ///< in place of a primary
  std::optional<RouteTarget> fallback;
  std::vector<RouteTarget> fallbacks;          ///< further ones, after `fallback`
  std::optional<RouteTarget> embeddings;       ///< for /v1/embeddings with model `auto`
  std::vector<RouteTarget> additional_models;  ///< may be asked for by name, never chosen by `auto`
  Retries retries;
  std::optional<Hedge> hedge;

  bool has_default_primary() const { return primary.provider == "local" && primary.model == "extractive"; }
};
template <class Visitor>
void describe(Visitor& v, Routing& routing) {
  v.field("primary", routing.primary, "Tried first. Default: local, the built-in extractive answerer.");
  v.field("split", routing.split, "Several models in place of a primary, and how one is chosen.");
  v.field("fallback", routing.fallback, "Tried when the primary fails, or when the budget asks for it.");
  v.field("fallbacks", routing.fallbacks, "Tried after the fallback, in this order.", {.max_length = 16});
  v.field("embeddings", routing.embeddings, "What /v1/embeddings calls for the model `auto`.");
  v.field("additional_models", routing.additional_models,
          "May be asked for by name; `auto` never chooses them.", {.max_length = 100});
  v.field("retries", routing.retries, "Trying again when all of the route failed.");
  v.field("hedge", routing.hedge,
          "Asking a second target when the first is slow. The slower answer may be billed too.");
  v.require(!routing.split || routing.has_default_primary(),
            "split: stands in place of primary; leave one out");
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

/// Answers that are given again to the same request.
struct ResponseCaching {
  std::chrono::milliseconds ttl{600'000};
  std::int64_t max_mib = 16;
};
template <class Visitor>
void describe(Visitor& v, ResponseCaching& cache) {
  v.required("ttl", cache.ttl, "How long an answer is given again: 10m.");
  v.field("max_mib", cache.max_mib, "Memory for the tenant's answers, in MiB.", {.min = 1, .max = 4096});
  v.require(cache.ttl.count() > 0 && cache.ttl <= std::chrono::hours(24 * 7),
            "ttl: write more than 0 and at most 7d");
}

struct RouterConfig {
  std::optional<tenancy::TenantId> tenant_id;
  std::map<std::string, Provider> providers;
  Routing routing;
  RouterSla sla;
  RouterBudget budget;
  std::optional<ResponseCaching> cache;

  /// Every target in the order `auto` tries them; those of a split first, as they are written.
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
  v.field("cache", router.cache, "Gives an answer again to the same request. Absent = never.");
}

}  // namespace bailiwick::snapshot
