// PolicyHeader: what every policy file may say about itself.
#pragma once

#include "base/binding.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::snapshot {

/// `1.2.3`, `1.2.3-rc.1`, `1.2.3+build`: semantic versioning 2.0.
bool is_semver(std::string_view text);

/// What every policy file may say about itself.
struct PolicyHeader {
  std::optional<tenancy::TenantId> tenant_id;
  std::string domain;   ///< classification for lineage, e.g. healthcare
  std::string usecase;  ///< e.g. patient-qa
  std::string policy_semver = "0.0.0";
  std::string author;
};
template <class Visitor>
void describe(Visitor& v, PolicyHeader& header) {
  v.field("tenant_id", header.tenant_id, "Whose file this is; must be the folder's name.");
  v.field("domain", header.domain, "Field of work, for lineage: healthcare.", {.max_length = 63});
  v.field("usecase", header.usecase, "What is done in it, for lineage: patient-qa.", {.max_length = 63});
  v.field("policy_semver", header.policy_semver, "Version of this file; stands in lineage records.",
          {.max_length = 63});
  v.field("author", header.author, "Who wrote it.", {.max_length = 254});
  v.require(is_semver(header.policy_semver), "policy_semver: write a version like 1.2.3");
}

}  // namespace bailiwick::snapshot
