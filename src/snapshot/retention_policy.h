// retention.yaml: how long things are kept. A hold wins over a minimum, a minimum over a maximum.
#pragma once

#include "base/binding.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::snapshot {

/// At least `min_retain`, at most `max_age`; absent = no bound.
struct RetentionSpan {
  std::optional<std::chrono::milliseconds> min_retain;
  std::optional<std::chrono::milliseconds> max_age;
};
template <class Visitor>
void describe(Visitor& v, RetentionSpan& span) {
  v.field("min_retain", span.min_retain, "Nothing younger is deleted: 90d.");
  v.field("max_age", span.max_age, "Everything older is deleted: 365d.");
  v.require(!span.min_retain || !span.max_age || *span.min_retain <= *span.max_age,
            "min_retain must not be longer than max_age");
}

struct RunRetention : RetentionSpan {
  std::int64_t keep_latest = 200;
};
template <class Visitor>
void describe(Visitor& v, RunRetention& runs) {
  describe(v, static_cast<RetentionSpan&>(runs));
  v.field("keep_latest", runs.keep_latest,
          "So many of the latest runs stay whatever their age; baselines always do.", {.min = 0, .max = 1e6});
}

enum class LockMode { kGovernance, kCompliance };
constexpr std::array<std::pair<std::string_view, LockMode>, 2> enum_table(LockMode) {
  return {{{"governance", LockMode::kGovernance}, {"compliance", LockMode::kCompliance}}};
}

struct EvidenceRetention {
  std::chrono::milliseconds wip_max_age{std::chrono::days(7)};
  std::int64_t keep_min = 5;
  LockMode lock_mode = LockMode::kGovernance;
  std::chrono::milliseconds lock_period{std::chrono::days(30)};
};
template <class Visitor>
void describe(Visitor& v, EvidenceRetention& evidence) {
  v.field("wip_max_age", evidence.wip_max_age,
          "Evidence that was never locked goes then: 7d. LOCKED never goes.");
  v.field("keep_min", evidence.keep_min, "So much unlocked evidence stays whatever its age.",
          {.min = 0, .max = 1e6});
  v.field("lock_mode", evidence.lock_mode,
          "Who could lift an object lock: governance an owner, compliance nobody.");
  v.field("lock_period", evidence.lock_period, "How long an object lock holds; never shortened: 30d.");
}

enum class AfterArchive { kDelete, kKeep };
constexpr std::array<std::pair<std::string_view, AfterArchive>, 2> enum_table(AfterArchive) {
  return {{{"delete", AfterArchive::kDelete}, {"keep", AfterArchive::kKeep}}};
}

/// Where things lie as they age. Days are counted from their creation.
struct RetentionTiers {
  std::int64_t hot_days = 30;
  std::int64_t warm_days = 90;
  std::int64_t archive_days = 365;
  AfterArchive after_archive = AfterArchive::kKeep;
};
template <class Visitor>
void describe(Visitor& v, RetentionTiers& tiers) {
  constexpr Rule kDays{.min = 0, .max = 36500};
  v.field("hot_days", tiers.hot_days, "At hand.", kDays);
  v.field("warm_days", tiers.warm_days, "Slower, until then.", kDays);
  v.field("archive_days", tiers.archive_days, "Put away, until then.", kDays);
  v.field("after_archive", tiers.after_archive, "What follows.");
  v.require(tiers.hot_days <= tiers.warm_days && tiers.warm_days <= tiers.archive_days,
            "hot_days, warm_days and archive_days must rise");
}

/// Nothing that a hold names is deleted, whatever else is said.
struct LegalHold {
  std::string name;
  std::string reason;
  std::optional<std::string> program;
  std::string placed_by;
};
template <class Visitor>
void describe(Visitor& v, LegalHold& hold) {
  v.required("name", hold.name, "Of the matter.", {.max_length = 200, .min_length = 1});
  v.required("reason", hold.reason, "Why it is held.", {.max_length = 2000, .min_length = 1});
  v.field("program", hold.program, "Only what belongs to this program; absent = everything of the tenant.",
          {.max_length = 63});
  v.field("placed_by", hold.placed_by, "Who asked for it.", {.max_length = 254});
}

struct RetentionPolicy {
  std::optional<tenancy::TenantId> tenant_id;
  RunRetention runs{{.min_retain = {}, .max_age = std::chrono::days(90)}, 200};
  RetentionSpan logs;
  RetentionSpan data;
  RetentionSpan backups;
  EvidenceRetention evidence;
  RetentionTiers tiers;
  std::vector<LegalHold> legal_hold;
};
template <class Visitor>
void describe(Visitor& v, RetentionPolicy& policy) {
  v.field("tenant_id", policy.tenant_id, "Whose file this is; must be the folder's name.");
  v.field("runs", policy.runs, "Runs and their artifacts.");
  v.field("logs", policy.logs, "Logs and queries of the ledger; the ledger's own chain is never cut.");
  v.field("data", policy.data, "Documents and what is made of them.");
  v.field("backups", policy.backups, "Backups.");
  v.field("evidence", policy.evidence, "Evidence, unlocked and locked.");
  v.field("tiers", policy.tiers, "Where things lie as they age.");
  v.field("legal_hold", policy.legal_hold, "Holds in force; a hold wins over everything.",
          {.max_length = 100});
}

}  // namespace bailiwick::snapshot
