// TenantSnapshot: everything declared about a tenant, parsed once, immutable, swapped whole.
#pragma once

#include <memory>

#include "metering/meter.h"
#include "snapshot/bundle_files.h"
#include "snapshot/platform_quotas.h"
#include "snapshot/rollout.h"
#include "snapshot/tenant_declaration.h"
#include "tenancy/footprint.h"

namespace bailiwick::snapshot {

/// Where the tenant stands in its life; kept by the platform store, never by files.
struct Lifecycle {
  std::string uuid;
  TenantStatus status = TenantStatus::kActive;
  std::string reason;  ///< of a suspension
  WallTime created_at{};
  WallTime updated_at{};
  std::int64_t version = 1;  ///< grows with every change; the ETag
};

struct TenantSnapshot {
  // What every request looks at stands together, with the tenant's id behind it.
  Lifecycle lifecycle;
  /// Every file but tenant.yaml; never null.
  std::shared_ptr<const BundleFiles> files = BundleFiles::none();
  policy::RulesPtr rules;       ///< the tenant's own; null = none
  policy::RulesPtr guardrails;  ///< the platform's; null = none
  RolloutPtr rollout;           ///< of `rules`; null = they hold for everyone
  std::string rules_revision;   ///< of rules and guardrails, behind the roles': `+platform-9f…+3c…`
  std::shared_ptr<metering::TenantMeter> meter;  ///< live counters, shared by all snapshots of this tenant
  std::shared_ptr<metering::SharedUpstreams> upstreams;  ///< live; of all tenants. Null: none is shared
  std::int64_t weight = 1;                               ///< of its calls where they wait for such a one
  TenantDeclaration tenant;  ///< its quotas are those that hold, inherited ones included
  QuotaOrigins inherited;    ///< which of them the tenant does not set itself
  std::string revision;      ///< of the bundle: 16 hex digits of its manifest's hash
  std::int64_t serial = 1;   ///< of the activation; only grows

  /// Of the tenant itself; a program's are in `files`.
  const Settings& settings() const { return files->settings; }
  /// Puts the question to the rules that hold for its principal.
  void give_rules(policy::Question& question) const;
  /// Of the rules that a question was put to: `rules_revision`, and those of before for whom is held to both.
  std::string revision_asked(const policy::Question& question) const;
  const tenancy::TenantId& id() const { return tenant.id; }
  /// What every request looks at.
  void note_in(tenancy::Footprint& footprint) const;
  bool active() const { return lifecycle.status == TenantStatus::kActive; }
};

using SnapshotPtr = std::shared_ptr<const TenantSnapshot>;

}  // namespace bailiwick::snapshot
