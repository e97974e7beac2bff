// slo.yaml: what a tenant is promised, the error budget that follows, and what its end means.
#pragma once

#include "base/binding.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::snapshot {

struct Saturation {
  double max_cpu_percent = 90;
  double max_mem_percent = 85;
  std::optional<double> max_qps;
};
template <class Visitor>
void describe(Visitor& v, Saturation& saturation) {
  v.field("max_cpu_percent", saturation.max_cpu_percent, "CPU in use, of what the tenant may use.",
          {.min = 1, .max = 100});
  v.field("max_mem_percent", saturation.max_mem_percent, "Memory in use, of what the tenant may use.",
          {.min = 1, .max = 100});
  v.field("max_qps", saturation.max_qps, "Requests a second; absent = no target.", {.min = 0, .max = 1e9});
}

/// The targets. A tenant that names none has these.
struct ServiceLevels {
  double availability = 0.999;
  double latency_p95_ms = 500;
  double latency_p99_ms = 1000;
  double error_rate_max = 0.05;
  std::optional<PicoDollars> cost_per_1k_qa_usd;
  Saturation saturation;
};
template <class Visitor>
void describe(Visitor& v, ServiceLevels& levels) {
  v.field("availability", levels.availability, "Share of time: 0.999 leaves 43.2 minutes in 30 days.",
          {.min = 0.5, .max = 0.999999});
  v.field("latency_p95_ms", levels.latency_p95_ms, "95 % of requests are quicker.", {.min = 1, .max = 1e7});
  v.field("latency_p99_ms", levels.latency_p99_ms, "99 % of requests are quicker.", {.min = 1, .max = 1e7});
  v.field("error_rate_max", levels.error_rate_max, "Share of requests that may fail.", {.min = 0, .max = 1});
  v.field("cost_per_1k_qa_usd", levels.cost_per_1k_qa_usd, "USD for 1000 questions answered.");
  v.field("saturation", levels.saturation, "How full the tenant's resources may be.");
  v.require(levels.latency_p95_ms <= levels.latency_p99_ms,
            "latency_p95_ms must not be above latency_p99_ms");
}

/// What an exhausted budget stops.
enum class FreezeScope { kReleases, kExperiments, kConfiguration };
constexpr std::array<std::pair<std::string_view, FreezeScope>, 3> enum_table(FreezeScope) {
  return {{{"releases", FreezeScope::kReleases},
           {"experiments", FreezeScope::kExperiments},
           {"configuration", FreezeScope::kConfiguration}}};
}

struct ErrorBudgetPolicy {
  std::chrono::milliseconds window{std::chrono::days(30)};
  double warning_at = 0.75;
  std::vector<FreezeScope> freeze{FreezeScope::kReleases};
};
template <class Visitor>
void describe(Visitor& v, ErrorBudgetPolicy& budget) {
  v.field("window", budget.window, "The budget is counted over the time before now: 30d.");
  v.field("warning_at", budget.warning_at, "Share consumed from which its status is warning.",
          {.min = 0.01, .max = 1});
  v.field("freeze", budget.freeze, "What stops while the budget is exhausted.", {.max_length = 3});
  v.require(budget.window >= std::chrono::days(1) && budget.window <= std::chrono::days(366),
            "window: write 1d to 366d");
}

enum class Severity { kPage, kTicket };
constexpr std::array<std::pair<std::string_view, Severity>, 2> enum_table(Severity) {
  return {{{"page", Severity::kPage}, {"ticket", Severity::kTicket}}};
}

/// Fires when the budget burns `rate` times too fast over both windows: the long one is sure, the short one
/// quick.
struct BurnAlert {
  double rate = 14.4;
  std::chrono::milliseconds long_window{std::chrono::hours(1)};
  std::chrono::milliseconds short_window{std::chrono::minutes(5)};
  Severity severity = Severity::kPage;
};
template <class Visitor>
void describe(Visitor& v, BurnAlert& alert) {
  v.required("rate", alert.rate, "Times faster than the budget allows.", {.min = 0.1, .max = 1000});
  v.required("long_window", alert.long_window, "1h, 6h, 3d.");
  v.required("short_window", alert.short_window, "5m, 30m, 6h.");
  v.field("severity", alert.severity, "Whom it wakes.");
  v.require(alert.short_window.count() > 0 && alert.short_window < alert.long_window,
            "short_window must be above 0 and shorter than long_window");
}

struct Objectives {
  std::optional<tenancy::TenantId> tenant_id;
  ServiceLevels slo;
  ErrorBudgetPolicy error_budget;
  std::vector<BurnAlert> burn_alerts{
      {14.4, std::chrono::hours(1), std::chrono::minutes(5), Severity::kPage},
      {6, std::chrono::hours(6), std::chrono::minutes(30), Severity::kPage},
      {1, std::chrono::days(3), std::chrono::hours(6), Severity::kTicket},
  };
};
template <class Visitor>
void describe(Visitor& v, Objectives& objectives) {
  v.field("tenant_id", objectives.tenant_id, "Whose file this is; must be the folder's name.");
  v.field("slo", objectives.slo, "The targets; what is not given keeps the installation's default.");
  v.field("error_budget", objectives.error_budget, "How the permitted shortfall is counted.");
  v.field("burn_alerts", objectives.burn_alerts, "When the budget burns too fast.", {.max_length = 16});
}

}  // namespace bailiwick::snapshot
