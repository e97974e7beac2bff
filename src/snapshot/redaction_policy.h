// redaction.yaml: what is taken out of what leaves the house. An unknown profile is refused, never replaced.
#pragma once

#include "base/binding.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::snapshot {

enum class RedactionMethod { kRedact, kHash, kTruncate };
constexpr std::array<std::pair<std::string_view, RedactionMethod>, 3> enum_table(RedactionMethod) {
  return {{{"redact", RedactionMethod::kRedact},
           {"hash", RedactionMethod::kHash},
           {"truncate", RedactionMethod::kTruncate}}};
}

/// What is masked wherever it stands in a text.
enum class MaskedPattern { kEmail, kPhone };
constexpr std::array<std::pair<std::string_view, MaskedPattern>, 2> enum_table(MaskedPattern) {
  return {{{"email", MaskedPattern::kEmail}, {"phone", MaskedPattern::kPhone}}};
}

struct RedactionProfile {
  std::map<std::string, RedactionMethod> redact;  ///< by dotted field: `run_meta.operator`
  std::vector<MaskedPattern> mask;
};
template <class Visitor>
void describe(Visitor& v, RedactionProfile& profile) {
  v.field("redact", profile.redact,
          "Dotted field to method: redact removes, hash keeps 12 hex digits, truncate keeps 4 characters.",
          {.max_length = 1000});
  v.field("mask", profile.mask, "Patterns that are masked in any text.", {.max_length = 2});
}

struct RedactionPolicy : RedactionProfile {
  std::optional<tenancy::TenantId> tenant_id;
  std::map<std::string, RedactionProfile> profiles;
};
template <class Visitor>
void describe(Visitor& v, RedactionPolicy& policy) {
  v.field("tenant_id", policy.tenant_id, "Whose file this is; must be the folder's name.");
  describe(v, static_cast<RedactionProfile&>(policy));
  v.field("profiles", policy.profiles, "Other rules, by the name that an export gives.", {.max_length = 100});
}

}  // namespace bailiwick::snapshot
