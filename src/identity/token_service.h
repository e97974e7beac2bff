// TokenService: tokens made, listed, rotated and revoked. Rows in the platform store, live ones in the
// TokenTable.
//
// A token is shown once, when it is made. Safe from any thread; every call that writes is blocking and
// durable.
#pragma once

#include <functional>

#include "base/random.h"
#include "identity/past_question.h"
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
  snapshot::RequestQuotas quotas;
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
  /// Tokens of one tenant that work at the same time. Every one is in memory.
  static constexpr std::int64_t kMaxLiveTokens = 10'000;

  TokenService(storage::PlatformStore& store, TokenTable& table, ledger::Ledger& ledger, const Clock& clock,
               Random& random, std::int64_t max_live_tokens = kMaxLiveTokens)
      : store_(store),
        table_(table),
        ledger_(ledger),
        clock_(clock),
        random_(random),
        max_live_tokens_(max_live_tokens) {}

  /// Reads every live token into the table. Once, at start.
  Status load();
  /// Takes out what has expired and ends for good what was rotated or revoked and is over. Called every
  /// second or so, so that a clock that is set back revives nothing: what expired stays out until a restart,
  /// for that clock may have been wrong when it was ahead; what was revoked stays out for good.
  Status retire();
  /// The first platform admin, when there is none yet; empty otherwise. `keep` puts the secret where the
  /// operator finds it and runs before the token counts: whatever interrupts the first start, the next one
  /// begins anew.
  using KeepSecret = std::function<Status(const std::string& secret)>;
  Result<std::optional<IssuedToken>> bootstrap(const KeepSecret& keep);
  /// A new platform admin in the place of all there are, which end at once. Before load(). Until `keep` has
  /// the secret the old ones go on working, so nothing that fails here locks the operator out.
  Result<IssuedToken> reset_admin(const tenancy::Permit<tenancy::Action::kPlatformConfig>& permit,
                                  const KeepSecret& keep);

  /// A caller gives no role above its own and no life beyond its own token's; a platform admin gives any.
  /// One whose own use is limited gives that limit with it, to be used up together. Errors: kForbidden
  /// `role.escalation`, `scope.escalation`, `quota.escalation`, `token.outlives_creator`; kConflict
  /// `token.too_many`; kInvalid.
  Result<IssuedToken> create(const tenancy::Permit<tenancy::Action::kTokensCreate>& permit,
                             const TokenRequest& request);
  Result<TokenPage> list(const tenancy::Permit<tenancy::Action::kTokensList>& permit, std::string_view after,
                         std::int64_t limit);
  /// At once. Errors: kNotFound `token.not_found`, also for another tenant's; kForbidden `role.escalation`
  /// for one that permits more than the caller.
  Result<TokenPtr> revoke(const tenancy::Permit<tenancy::Action::kTokensRevoke>& permit, std::string_view id);
  /// A new secret with the same rights and the same end; the old one works for `overlap` longer. Errors: as
  /// those of create; kNotFound `token.not_found`.
  Result<IssuedToken> rotate(const tenancy::Permit<tenancy::Action::kTokensRotate>& permit,
                             std::string_view id, std::chrono::milliseconds overlap);
  /// As past_question(), of a record of the permit's own chain.
  Result<PastQuestion> asked_then(const tenancy::Permit<tenancy::Action::kLedgerExplain>& permit,
                                  const json::object& record);

 private:
  Result<IssuedToken> issue(const Token& draft, const KeepSecret& keep = {});
  /// The quotas of a token that the caller makes, and whose they are.
  Status give_quotas(const tenancy::Principal& caller, const TokenRequest& request, Token& draft,
                     tenancy::Principal& principal);
  Result<TokenPtr> find(const tenancy::TenantId& tenant, std::string_view id);
  Status end_at(const TokenPtr& token, WallTime when);
  Status check_room(const tenancy::TenantId& tenant);
  Status check_within_life(const tenancy::Principal& caller, std::optional<WallTime> end);

  storage::PlatformStore& store_;
  TokenTable& table_;
  ledger::Ledger& ledger_;
  const Clock& clock_;
  Random& random_;
  const std::int64_t max_live_tokens_;
  /// Held while a token is made or ends: a tenant's tokens are counted before one is added, and a rotation
  /// that overlaps must not bring back what was revoked beside it.
  Mutex changing_;
  WallTime retired_until_ BW_GUARDED_BY(changing_){};
};

}  // namespace bailiwick::identity
