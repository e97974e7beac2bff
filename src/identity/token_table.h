// TokenTable: credentials in memory, found by their keyed hash. Readers take no lock.
//
// A token is never kept, only HMAC-SHA256(key, token): the place looked at does not depend on the token in a
// way an outsider can steer, so timing tells nothing, and a stolen database opens nothing without the key
// file.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/clock.h"
#include "base/published.h"
#include "crypto/hash.h"
#include "crypto/secret_text.h"
#include "snapshot/tenant_declaration.h"
#include "tenancy/principal.h"

namespace bailiwick::identity {

enum class TokenSource { kApi, kBootstrap, kRegistry };
constexpr std::array<std::pair<std::string_view, TokenSource>, 3> enum_table(TokenSource) {
  return {{{"api", TokenSource::kApi},
           {"bootstrap", TokenSource::kBootstrap},
           {"registry", TokenSource::kRegistry}}};
}

struct Token {
  std::string id;  ///< `tok_…`
  std::string name;
  crypto::Digest hash{};
  std::shared_ptr<const tenancy::Principal> principal;
  WallTime created_at{};
  std::optional<WallTime> expires_at;
  std::optional<WallTime> revoked_at;  ///< in the future while a rotation overlaps
  bool ended = false;                  ///< revoked for good: no clock that is set back brings it to life
  TokenSource source = TokenSource::kApi;
  /// What it may use within what its tenant may; those of `principal->metered_as`.
  snapshot::RequestQuotas quotas;

  /// When it stops working; empty = never.
  std::optional<WallTime> ends_at() const {
    if (expires_at && revoked_at) return std::min(*expires_at, *revoked_at);
    return expires_at ? expires_at : revoked_at;
  }
  bool valid_at(WallTime now) const {
    std::optional<WallTime> end = ends_at();
    return !ended && (!end || now < *end);
  }
};

using TokenPtr = std::shared_ptr<const Token>;

class TokenTable {
 public:
  explicit TokenTable(std::string key) : key_(crypto::as_bytes(key)) { crypto::wipe(key); }

  crypto::Digest hash(std::string_view token) const;
  /// The token whose credential this is, whatever its validity; or null.
  TokenPtr find(std::string_view credential) const;
  void put(TokenPtr token);
  void erase(const crypto::Digest& hash);
  /// Replaces every token of `source` at once. A credential that another source holds stays that source's.
  void replace(TokenSource source, const std::vector<TokenPtr>& tokens);

 private:
  struct DigestHash {
    std::size_t operator()(const crypto::Digest& digest) const;
  };
  using Shard = boost::unordered_flat_map<crypto::Digest, TokenPtr, DigestHash>;
  // A change copies one shard of 256, so it costs little however many tokens there are.
  static constexpr std::size_t kShards = 256;

  const crypto::HmacKey key_;
  std::array<Published<Shard>, kShards> shards_;
  Mutex writers_;
};

}  // namespace bailiwick::identity
