// TokenService: tokens made, listed, rotated and revoked. Rows in the platform store, live ones in the
// TokenTable.
//
// A token is shown once, when it is made. Safe from any thread; every call that writes is blocking and
// durable.
#pragma once

#include <functional>

#include "base/random.h"
#include "identity/token_table.h"
#include "ledger/ledger.h"
#include "storage/platform_store.h"
#include "tenancy/permit.h"

namespace bailiwick::identity {

std::vector<storage::Migration> token_migrations();

struct TokenRequest {
  std::string name;
  std::vector<tenancy::RoleBinding> bindings;
  std::vector<std::string> scopes;
  std::optional<std::chrono::milliseconds> expires_in;
};

/// A token just made; the only moment its secret exists outside the caller's hands.
struct IssuedToken {
  std::string secret;
  TokenPtr token;
};

struct TokenPage {
  std::vector<TokenPtr> tokens;
  std::string next;  ///< id to continue after; empty at the end
};

class TokenService {
 public:
  TokenService(storage::PlatformStore& store, TokenTable& table, ledger::Ledger& ledger, const Clock& clock,
               Random& random)
      : store_(store), table_(table), ledger_(ledger), clock_(clock), random_(random) {}

  /// Reads every live token into the table. Once, at start.
  Status load();
  /// The first platform admin, when there is none yet; empty otherwise. `keep` puts the secret where the
  /// operator finds it and runs before the token counts: whatever interrupts the first start, the next one
  /// begins anew.
  using KeepSecret = std::function<Status(const std::string& secret)>;
  Result<std::optional<IssuedToken>> bootstrap(const KeepSecret& keep);

  /// A caller may give no role above its own. Errors: kForbidden `role.escalation`, kInvalid.
  Result<IssuedToken> create(const tenancy::Permit<tenancy::Action::kTokensCreate>& permit,
                             const TokenRequest& request);
  Result<TokenPage> list(const tenancy::Permit<tenancy::Action::kTokensList>& permit, std::string_view after,
                         std::int64_t limit);
  /// At once. Errors: kNotFound `token.not_found`, also for another tenant's; kForbidden `role.escalation`
  /// for one that permits more than the caller.
  Result<TokenPtr> revoke(const tenancy::Permit<tenancy::Action::kTokensRevoke>& permit, std::string_view id);
  /// A new secret with the same rights; the old one works for `overlap` longer.
  Result<IssuedToken> rotate(const tenancy::Permit<tenancy::Action::kTokensRotate>& permit,
                             std::string_view id, std::chrono::milliseconds overlap);

 private:
  Result<IssuedToken> issue(std::shared_ptr<const tenancy::Principal> draft, std::string name,
                            std::optional<WallTime> expires_at, TokenSource source,
                            const KeepSecret& keep = {});
  Result<TokenPtr> find(const tenancy::TenantId& tenant, std::string_view id);
  Status end_at(const TokenPtr& token, WallTime when);

  storage::PlatformStore& store_;
  TokenTable& table_;
  ledger::Ledger& ledger_;
  const Clock& clock_;
  Random& random_;
  /// Held while a token ends: a rotation that overlaps must not bring back what was revoked beside it.
  Mutex ending_;
};

}  // namespace bailiwick::identity
