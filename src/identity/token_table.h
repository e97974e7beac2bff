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
#include <vector>

#include "base/clock.h"
#include "base/published.h"
#include "crypto/hash.h"
#include "crypto/secret_text.h"
#include "snapshot/tenant_declaration.h"
#include "snapshot/tenant_table.h"
#include "tenancy/principal.h"

namespace bailiwick::identity {

enum class TokenSource { kApi, kBootstrap, kRegistry };
constexpr std::array<std::pair<std::string_view, TokenSource>, 3> enum_table(TokenSource) {
  return {{{"api", TokenSource::kApi},
           {"bootstrap", TokenSource::kBootstrap},
           {"registry", TokenSource::kRegistry}}};
}

/// Where a token's tenant stands, once somebody has looked. Copied with the token.
class KnownPlace {
 public:
  KnownPlace() = default;
  KnownPlace(const KnownPlace& other) : place_(other.get()) {}
  KnownPlace& operator=(const KnownPlace& other) {
    set(other.get());
    return *this;
  }
  const snapshot::TenantPlace* get() const { return place_.load(std::memory_order_acquire); }
  void set(const snapshot::TenantPlace* place) { place_.store(place, std::memory_order_release); }

 private:
  std::atomic<const snapshot::TenantPlace*> place_{nullptr};
};

struct Token {
  // What every request looks at stands together.
  std::shared_ptr<const tenancy::Principal> principal;
  mutable KnownPlace place;
  crypto::Digest hash{};
  std::optional<WallTime> expires_at;
  std::optional<WallTime> revoked_at;  ///< in the future while a rotation overlaps
  bool ended = false;                  ///< revoked for good: no clock that is set back brings it to life
  TokenSource source = TokenSource::kApi;
  std::string id;  ///< `tok_…`
  std::string name;
  WallTime created_at{};
  /// What it may use within what its tenant may; those of `principal->metered_as`.
  snapshot::RequestQuotas quotas;

  /// When it stops working; empty = never.
  std::optional<WallTime> ends_at() const {
    if (expires_at && revoked_at) return std::min(*expires_at, *revoked_at);
    return expires_at ? expires_at : revoked_at;
  }
  /// What a request asks for next.
  void fetch() const {
    const char* line = reinterpret_cast<const char*>(principal.get());
    for (std::size_t at = 0; at < sizeof *principal; at += 64) __builtin_prefetch(line + at);
    using Part = tenancy::Footprint::Part;
    if (const snapshot::TenantPlace* known = place.get())
      known->footprint.fetch(Part::kTenant, Part::kTenant);
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
  class Lookup;

  crypto::Digest hash(std::string_view token) const;
  /// Looks for the token whose credential this is, whatever its validity. With many tokens it stands in no
  /// cache of the processor: between these two it is on its way, and something else may be done.
  Lookup begin(std::string_view credential) const;
  /// The token, or null.
  static TokenPtr finish(const Lookup& lookup);
  TokenPtr find(std::string_view credential) const;
  void put(TokenPtr token);
  void erase(const crypto::Digest& hash);
  /// Replaces every token of `source` at once. A credential that another source holds stays that source's.
  void replace(TokenSource source, const std::vector<TokenPtr>& tokens);

 private:
  /// What a look-up needs of a token, and what its request comes by next, in half a line of the processor's
  /// cache.
  struct alignas(32) Slot {
    std::uint64_t mark = 0;  ///< a part of the token's hash
    TokenPtr token;          ///< null = empty
    mutable KnownPlace place;
  };
  class Shard {
   public:
    /// Of those with one hash the first.
    explicit Shard(const std::vector<TokenPtr>& tokens);
    void fetch(const crypto::Digest& hash) const;
    TokenPtr find(const crypto::Digest& hash) const;
    std::vector<TokenPtr> tokens() const;

   private:
    std::vector<Slot> slots_;  // a power of two, never full: collisions go on to the next
  };
  // A change copies one shard of 256, so it costs little however many tokens there are.
  static constexpr std::size_t kShards = 256;
  std::vector<TokenPtr> tokens_in(std::size_t shard) const;

  const crypto::HmacKey key_;
  std::array<Published<Shard>, kShards> shards_;
  Mutex writers_;
};

class TokenTable::Lookup {
  friend TokenTable;
  crypto::Digest hash_{};
  std::shared_ptr<const Shard> shard_;
};

}  // namespace bailiwick::identity
