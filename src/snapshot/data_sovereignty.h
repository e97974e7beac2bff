// data-sovereignty.yaml: where a tenant's data may be, how long it must be kept, how it is encrypted. It is
// kept by the policies that sovereignty_rules.h makes of it.
#pragma once

#include "base/binding.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::snapshot {

/// The least time that data is kept; deleting sooner is a violation. retention.yaml says when it goes.
struct MinimumRetention {
  std::optional<std::int64_t> logs_days;
  std::optional<std::int64_t> data_days;
  std::optional<std::int64_t> backups_days;
};
template <class Visitor>
void describe(Visitor& v, MinimumRetention& retention) {
  constexpr Rule kDays{.min = 0, .max = 36500};
  v.field("logs_days", retention.logs_days, "Records and logs are kept at least so long.", kDays);
  v.field("data_days", retention.data_days, "Documents, runs and evidence are kept at least so long.", kDays);
  v.field("backups_days", retention.backups_days, "Backups are kept at least so long.", kDays);
}

struct EncryptionPolicy {
  std::string at_rest;
  std::string in_transit;
  std::string kms_key_id;
  std::optional<std::int64_t> key_rotation_days;
};
template <class Visitor>
void describe(Visitor& v, EncryptionPolicy& encryption) {
  v.field("at_rest", encryption.at_rest, "AES-256.", {.max_length = 63});
  v.field("in_transit", encryption.in_transit, "TLS-1.2 or TLS-1.3; the least that is spoken.",
          {.max_length = 63});
  v.field("kms_key_id", encryption.kms_key_id, "Name of the key that wraps the tenant's keys.",
          {.max_length = 500});
  v.field("key_rotation_days", encryption.key_rotation_days, "Data keys are replaced after so long.",
          {.min = 1, .max = 3650});
  v.require(encryption.at_rest.empty() || encryption.at_rest == "AES-256",
            "at_rest: AES-256 is what there is");
  v.require(encryption.in_transit.empty() || encryption.in_transit == "TLS-1.2" ||
                encryption.in_transit == "TLS-1.3",
            "in_transit: write TLS-1.2 or TLS-1.3");
}

struct Sovereignty {
  std::string region;
  std::vector<std::string> allowed_regions;    ///< globs; empty = every one that is not forbidden
  std::vector<std::string> forbidden_regions;  ///< globs: cn-*
  MinimumRetention retention;
  EncryptionPolicy encryption;
  std::vector<std::string> compliance;
};
template <class Visitor>
void describe(Visitor& v, Sovereignty& sovereignty) {
  v.required("region", sovereignty.region, "Where the tenant's data lives: us-east-1.", {.max_length = 63});
  v.field("allowed_regions", sovereignty.allowed_regions,
          "Regions that may see its data; `*` stands for anything.", {.max_length = 100});
  v.field("forbidden_regions", sovereignty.forbidden_regions,
          "Regions that never may, whatever is allowed: cn-*.", {.max_length = 100});
  v.field("retention", sovereignty.retention, "The least time that data is kept.");
  v.field("encryption", sovereignty.encryption, "What must be encrypted, and how.");
  v.field("compliance", sovereignty.compliance, "Regimes that this file is for: HIPAA, SOC2.",
          {.max_length = 32});
}

struct DataSovereignty {
  std::optional<tenancy::TenantId> tenant_id;
  std::optional<Sovereignty> data_sovereignty;
};
template <class Visitor>
void describe(Visitor& v, DataSovereignty& file) {
  v.field("tenant_id", file.tenant_id, "Whose file this is; must be the folder's name.");
  v.required("data_sovereignty", file.data_sovereignty, "The rules.");
}

}  // namespace bailiwick::snapshot
