// Scenario: what `bailiwick soak` plays: which tenants ask what, how often, in which phases, and what must
// hold. Read from JSON; every fault is reported with its place, and an unknown key is a fault.
#pragma once

#include "base/binding.h"
#include "snapshot/router_config.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::cli {

enum class PhaseKind {
  kSteady,    ///< the usual load; what others are held against
  kBurst,     ///< the usual load with peaks
  kBackoff,   ///< clients wait as long as Retry-After says, and ask again
  kOverload,  ///< more than the server can or may take
  kRecovery,  ///< the usual load after an overload
};
enum class Spacing { kPoisson, kEven };

constexpr std::array<std::pair<std::string_view, PhaseKind>, 5> enum_table(PhaseKind) {
  return {{{"steady", PhaseKind::kSteady},
           {"burst", PhaseKind::kBurst},
           {"backoff", PhaseKind::kBackoff},
           {"overload", PhaseKind::kOverload},
           {"recovery", PhaseKind::kRecovery}}};
}
constexpr std::array<std::pair<std::string_view, Spacing>, 2> enum_table(Spacing) {
  return {{{"poisson", Spacing::kPoisson}, {"even", Spacing::kEven}}};
}

/// No run is longer, whatever it is asked for.
inline constexpr std::chrono::milliseconds kLongestSoak = std::chrono::hours(24);

/// Bounds on the answers of one phase.
struct PhaseBounds {
  std::optional<double> p99_ms;
  std::optional<double> error_rate;  ///< share of what was asked that did not end well, refusals included
};
template <class Visitor>
void describe(Visitor& v, PhaseBounds& bounds) {
  v.field("p99_ms", bounds.p99_ms, "The most that 99 of 100 answers may take.", {.min = 0});
  v.field("error_rate", bounds.error_rate, "The share that may fail or be refused.", {.min = 0, .max = 1});
}

struct SoakPhase {
  PhaseKind kind = PhaseKind::kSteady;
  std::string name;  ///< unique; the kind when not given
  std::chrono::milliseconds duration{0};
  double rate = 0;        ///< requests a second, of all tenants together
  double burst_rate = 0;  ///< for kBurst: that of a peak
  std::chrono::milliseconds burst_every{10'000};
  std::chrono::milliseconds burst_length{1'000};
  std::optional<PhaseBounds> expect;  ///< in place of the scenario's
};
template <class Visitor>
void describe(Visitor& v, SoakPhase& phase) {
  constexpr double kMostPerSecond = 100'000;
  v.required("kind", phase.kind, "steady, burst, backoff, overload or recovery.");
  v.field("name", phase.name, "Names it in the figures; the kind when not given.", {.max_length = 63});
  v.required("duration", phase.duration, "How long: 30s, 10m.");
  v.required("rate", phase.rate, "Requests a second, of all tenants together.",
             {.min = 0.01, .max = kMostPerSecond});
  v.field("burst_rate", phase.burst_rate, "Requests a second in a peak.",
          {.min = 0.01, .max = kMostPerSecond});
  v.field("burst_every", phase.burst_every, "From the start of one peak to that of the next.");
  v.field("burst_length", phase.burst_length, "How long a peak lasts.");
  v.field("expect", phase.expect, "Bounds of this phase, in place of the scenario's.");
  v.require(phase.duration.count() > 0, "duration: must be more than 0");
  bool bursts = phase.kind == PhaseKind::kBurst;
  v.require(bursts == v.given("burst_rate"),
            bursts ? "burst_rate: a burst needs it; say how many requests a second"
                   : "burst_rate: only a phase of kind burst has peaks; remove it");
  v.require(!bursts || (phase.burst_length.count() > 0 && phase.burst_length <= phase.burst_every),
            "burst_length: must be more than 0 and at most burst_every");
}

/// One tenant's share of the load, and where its token is.
struct TenantLoad {
  tenancy::TenantId tenant;
  std::optional<snapshot::SecretRef> token;
  double weight = 1;
};
template <class Visitor>
void describe(Visitor& v, TenantLoad& load) {
  v.required("tenant", load.tenant, "The tenant's id.");
  v.field("token", load.token, "Where its token is: env:NAME or file:/absolute/path.");
  v.field("weight", load.weight, "Its share of the requests, against the others'.",
          {.min = 0.001, .max = 1e6});
}

/// One sort of chat completion in the mix.
struct RequestKind {
  std::string model = "auto";
  bool stream = false;
  std::int64_t prompt_bytes = 400;
  std::int64_t max_tokens = 64;
  double weight = 1;
};
template <class Visitor>
void describe(Visitor& v, RequestKind& kind) {
  v.field("model", kind.model, "auto, or a model of the tenant's routes.",
          {.max_length = 200, .min_length = 1});
  v.field("stream", kind.stream, "Whether the answer is asked for as a stream.");
  v.field("prompt_bytes", kind.prompt_bytes, "Size of the prompt.", {.min = 1, .max = 4 << 20});
  v.field("max_tokens", kind.max_tokens, "The most tokens of an answer.", {.min = 1, .max = 1e6});
  v.field("weight", kind.weight, "Its share of the mix, against the others'.", {.min = 0.001, .max = 1e6});
}

/// What `--spawn` starts: a server whose tenants all call one provider that answers the same each time.
struct SpawnedWorld {
  std::chrono::milliseconds upstream_delay{0};  ///< before an answer
  std::int64_t chunks = 16;                     ///< of a streamed answer
  Json quotas;                                  ///< every tenant's `quotas`, as tenant.yaml has them
};
template <class Visitor>
void describe(Visitor& v, SpawnedWorld& world) {
  v.field("upstream_delay", world.upstream_delay, "How long the provider thinks before it answers.");
  v.field("chunks", world.chunks, "Chunks of a streamed answer.", {.min = 1, .max = 10'000});
  v.field("quotas", world.quotas, "Each tenant's quotas, as in tenant.yaml.");
}

/// What must hold, or the exit code is 3.
struct Expectations {
  PhaseBounds phases;  ///< of every phase but overload, unless it says otherwise
  std::optional<double> recovery_s;
  std::optional<double> rss_slope_kib_per_min;
};
template <class Visitor>
void describe(Visitor& v, Expectations& expect) {
  describe(v, expect.phases);
  v.field("recovery_s", expect.recovery_s,
          "The most seconds of a recovery phase until its answers are quick again.", {.min = 0});
  v.field("rss_slope_kib_per_min", expect.rss_slope_kib_per_min, "How fast the server's memory may grow.");
}

struct Scenario {
  std::string name;
  std::int64_t seed = 1;  ///< the same seed gives the same requests at the same times
  Spacing arrivals = Spacing::kPoisson;
  std::chrono::milliseconds timeout{30'000};  ///< of one attempt
  std::int64_t max_in_flight = 1000;          ///< what would go past it is an error `unsent`
  std::int64_t max_attempts = 5;              ///< of one request in a backoff phase
  std::vector<TenantLoad> tenants;
  std::vector<RequestKind> requests{RequestKind{}};
  std::vector<SoakPhase> phases;
  SpawnedWorld spawn;
  Expectations expect;

  std::chrono::milliseconds duration() const;
  /// All phases longer or shorter in proportion, so that they take `total` together, and each at least a
  /// second.
  void stretch_to(std::chrono::milliseconds total);
};
template <class Visitor>
void describe(Visitor& v, Scenario& scenario) {
  v.required("name", scenario.name, "Names the run in the figures.", {.max_length = 63, .min_length = 1});
  v.field("seed", scenario.seed, "The same seed gives the same requests at the same times.",
          {.min = 0, .max = 1e15});
  v.field("arrivals", scenario.arrivals, "poisson: as of people who do not know of each other; or even.");
  v.field("timeout", scenario.timeout, "The most that one attempt may take.");
  v.field("max_in_flight", scenario.max_in_flight,
          "Requests at once; what would go past it counts as an error.", {.min = 1, .max = 20'000});
  v.field("max_attempts", scenario.max_attempts, "Attempts of one request in a backoff phase.",
          {.min = 1, .max = 100});
  v.required("tenants", scenario.tenants, "Who asks.", {.max_length = 1000, .min_length = 1});
  v.field("requests", scenario.requests, "The mix of requests.", {.max_length = 100, .min_length = 1});
  v.required("phases", scenario.phases, "What happens, in order.", {.max_length = 100, .min_length = 1});
  v.field("spawn", scenario.spawn, "What --spawn starts.");
  v.field("expect", scenario.expect, "What must hold; exit code 3 when it does not.");
  v.require(scenario.timeout.count() > 0, "timeout: must be more than 0");
}

/// Reads and checks a scenario. Errors: kInvalid `scenario.invalid` with every fault and its
/// `file:line:column`.
Result<Scenario> parse_scenario(std::string_view text, std::string_view file);

}  // namespace bailiwick::cli
