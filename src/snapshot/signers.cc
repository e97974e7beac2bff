#include "snapshot/signers.h"

#include <algorithm>

#include <fmt/format.h>

#include "tenancy/tenant_id.h"

namespace bailiwick::snapshot {

constexpr std::string_view kEveryTenant = "*";

Result<Moment> Moment::parse(std::string_view text) {
  TRY(WallTime time, parse_rfc3339(text));
  return Moment{time};
}
json::object Moment::schema() {
  return {{"type", "string"}, {"format", "date-time"}};
}

Result<SignerKey> SignerKey::parse(std::string_view text) {
  TRY(crypto::PublicKey key, crypto::PublicKey::from_pem(text));
  return SignerKey{key};
}
json::object SignerKey::schema() {
  return {{"type", "string"}, {"pattern", "^\\s*-----BEGIN PUBLIC KEY-----"}};
}

bool Signer::signs_for(std::string_view tenant) const {
  // What begins with `_` is no tenant, and `*` does not speak of it.
  return std::ranges::any_of(tenants, [&](const std::string& own) {
    return own == tenant || (own == kEveryTenant && tenancy::is_slug(tenant));
  });
}

bool Signer::has(SignerRole role) const {
  return std::ranges::find(roles, role) != roles.end();
}

std::string fault_of(const Signer& signer) {
  for (const std::string& tenant : signer.tenants) {
    if (tenant != kEveryTenant && !tenancy::is_slug(tenant))
      return fmt::format("tenants: '{}' is no tenant's id; write an id, or \"*\" for every tenant", tenant);
  }
  return {};
}

std::string fault_of(const SignerList& list) {
  std::set<std::string_view> ids;
  std::map<crypto::PublicKey, std::string_view> keys;
  for (const Signer& signer : list.signers) {
    if (!ids.insert(signer.id).second) return fmt::format("two signers are called '{}'", signer.id);
    if (auto [first, fresh] = keys.emplace(signer.public_key.key, signer.id); !fresh)
      return fmt::format("'{}' and '{}' are one key; a key has one signer", first->second, signer.id);
  }
  return {};
}

}  // namespace bailiwick::snapshot
