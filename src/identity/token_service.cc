#include "identity/token_service.h"

#include <algorithm>

#include <fmt/format.h>

#include "identity/token_store.h"
#include "policy/role_policies.h"
#include "snapshot/effective_limits.h"

namespace bailiwick::identity {
namespace {

using tenancy::Action;
using tenancy::Principal;
using tenancy::Role;

/// May `giver` hand out `role`? Only what it could do itself.
bool may_give(const Principal& giver, Role role) {
  if (role == Role::kPlatformAdmin) return false;
  if (giver.is_platform_admin()) return true;
  return std::ranges::any_of(giver.bindings, [&](const tenancy::RoleBinding& held) {
    return !held.program && !held.name_space && std::ranges::all_of(tenancy::kActions, [&](const auto& info) {
      return !policy::role_permits(role, info.action) || policy::role_permits(held.role, info.action);
    });
  });
}

/// Nobody replaces or ends a token that permits more than their own, so no admin shuts out the owner.
Status check_within(const Principal& caller, const Token& token) {
  for (const tenancy::RoleBinding& binding : token.principal->bindings) {
    if (may_give(caller, binding.role)) continue;
    return fail(ErrorCode::kForbidden, "role.escalation", "this token permits more than the caller's own");
  }
  return {};
}

/// A giver whose own scopes are narrow gives no wider ones.
Status check_scopes(const Principal& giver, const std::vector<std::string>& scopes) {
  for (const auto& info : tenancy::kActions) {
    if (giver.is_platform_admin() || policy::scopes_cover(giver.scopes, info.action) ||
        !policy::scopes_cover(scopes, info.action))
      continue;
    return fail(ErrorCode::kForbidden, "scope.escalation",
                fmt::format("a token may not give {}: the giver's own scopes do not cover it", info.name));
  }
  for (const std::string& scope : scopes) {
    std::vector<std::string> one{scope};
    bool covers_any = std::ranges::any_of(
        tenancy::kActions, [&](const auto& info) { return policy::scopes_cover(one, info.action); });
    if (!covers_any) {
      return fail(
          ErrorCode::kInvalid, "scope.unknown",
          fmt::format("no action matches the scope '{}'; write an action such as corpus.read, or corpus.*",
                      scope.substr(0, 64)));
    }
  }
  return {};
}

constexpr std::string_view kOwnToken = "token:";

/// The new secret goes to the caller, and with it whatever the token may use.
Status check_shares_quotas(const Principal& caller, const Principal& old) {
  if (caller.metered_as.empty() || caller.metered_as == old.metered_as) return {};
  return fail(ErrorCode::kForbidden, "quota.escalation",
              "this credential has quotas of its own, and rotates only tokens that share them");
}

bool is_limited(const Token& token) {
  return !snapshot::to_limits(token.quotas, "UTC").unlimited();
}

ledger::Record lifecycle_record(const Principal& principal, Action action, std::string_view token_id,
                                WallTime now) {
  ledger::Record record;
  record.kind = ledger::RecordKind::kLifecycle;
  record.time = now;
  record.principal = principal.subject;
  record.action = tenancy::name_of(action);
  record.resource = fmt::format("token:{}", token_id);
  record.decision = "allow";
  return record;
}

std::shared_ptr<const Principal> platform_admin() {
  auto admin = std::make_shared<Principal>();
  admin->bindings.push_back({.role = Role::kPlatformAdmin, .program = {}, .name_space = {}});
  return admin;
}

std::unexpected<Error> not_found() {
  return fail(ErrorCode::kNotFound, "token.not_found", "there is no such token");
}

}  // namespace

std::vector<storage::Migration> token_migrations() {
  return token_store::migrations();
}

Status TokenService::load() {
  MutexLock lock(changing_);
  retired_until_ = clock_.wall();
  TRY(auto tokens, token_store::live(store_, retired_until_));
  table_.replace(TokenSource::kApi, tokens);
  return {};
}

Status TokenService::retire() {
  MutexLock lock(changing_);
  const WallTime now = clock_.wall();
  TRY(auto tokens, token_store::over(store_, retired_until_, now));
  for (const TokenPtr& token : tokens) {
    if (token->revoked_at && *token->revoked_at <= now) CHECK_OK(token_store::end(store_, token->id, now));
    table_.erase(token->hash);
  }
  retired_until_ = std::max(retired_until_, now);
  return {};
}

/// A copy of `draft` with an id and a secret of its own.
Result<IssuedToken> TokenService::issue(const Token& draft, const KeepSecret& keep) {
  std::array<std::uint8_t, 32> secret_bytes;
  std::array<std::uint8_t, 12> id_bytes;
  random_.fill(secret_bytes);
  random_.fill(id_bytes);
  IssuedToken issued;
  issued.secret = "bwk_" + crypto::to_base64url(secret_bytes);
  auto token = std::make_shared<Token>(draft);
  token->id = "tok_" + crypto::to_hex(id_bytes);
  auto principal = std::make_shared<Principal>(*draft.principal);
  principal->subject = "token:" + token->id;
  if (principal->metered_as.empty() && is_limited(draft)) principal->metered_as = principal->subject;
  token->hash = table_.hash(issued.secret);
  token->principal = std::move(principal);
  token->created_at = clock_.wall();
  if (keep) CHECK_OK(keep(issued.secret));
  CHECK_OK(token_store::insert(store_, *token));
  issued.token = token;
  return issued;
}

Result<std::optional<IssuedToken>> TokenService::bootstrap(const KeepSecret& keep) {
  TRY(std::int64_t admins, token_store::count_live(store_, "", clock_.wall()));
  if (admins > 0) return std::nullopt;
  TRY(IssuedToken issued,
      issue({.principal = platform_admin(), .source = TokenSource::kBootstrap, .name = "bootstrap admin"},
            keep));
  table_.put(issued.token);
  return issued;
}

Result<IssuedToken> TokenService::reset_admin(const tenancy::Permit<Action::kPlatformConfig>& permit,
                                              const KeepSecret& keep) {
  TRY(IssuedToken issued,
      issue({.principal = platform_admin(), .source = TokenSource::kBootstrap, .name = "reset admin"}));
  CHECK_OK(keep(issued.secret));
  ledger::Record record =
      lifecycle_record(permit.principal(), Action::kTokensRotate, issued.token->id, clock_.wall());
  CHECK_OK(ledger_.append_durable(permit, {&record, 1}));
  CHECK_OK(token_store::end_other_platform_admins(store_, issued.token->id, clock_.wall()));
  return issued;
}

/// What can be made by a token that ends may not outlast it, or its end would mean nothing.
Status TokenService::check_within_life(const Principal& caller, std::optional<WallTime> end) {
  if (caller.is_platform_admin() || !caller.subject.starts_with(kOwnToken)) return {};
  TRY(TokenPtr own,
      token_store::find(store_, caller.tenant->view(), caller.subject.substr(kOwnToken.size())));
  std::optional<WallTime> limit = own ? own->ends_at() : std::nullopt;
  if (!limit || (end && *end <= *limit)) return {};
  return fail(
      ErrorCode::kForbidden, "token.outlives_creator",
      fmt::format("the caller's own token ends at {} and gives no longer life; make the new one end by "
                  "then (expires_in), or use a token that lives longer",
                  to_rfc3339(*limit)));
}

Status TokenService::check_room(const tenancy::TenantId& tenant) {
  TRY(std::int64_t live, token_store::count_live(store_, tenant.view(), clock_.wall()));
  if (live < max_live_tokens_) return {};
  return fail(
      ErrorCode::kConflict, "token.too_many",
      fmt::format("the tenant has {} tokens that work, and that is the most; revoke what is not needed, "
                  "and give tokens an end (expires_in)",
                  live));
}

/// More than one token could use up what was meant for one, so a limited caller's tokens share its limits.
Status TokenService::give_quotas(const Principal& caller, const TokenRequest& request, Token& draft,
                                 Principal& principal) {
  draft.quotas = request.quotas;
  if (caller.metered_as.empty()) return {};
  if (is_limited(draft)) {
    return fail(ErrorCode::kForbidden, "quota.escalation",
                "this credential has quotas of its own, and tokens that it makes share them; give none");
  }
  TRY(TokenPtr shared,
      token_store::find(store_, caller.tenant->view(), caller.metered_as.substr(kOwnToken.size())));
  if (shared) draft.quotas = shared->quotas;
  principal.metered_as = caller.metered_as;
  return {};
}

Result<IssuedToken> TokenService::create(const tenancy::Permit<Action::kTokensCreate>& permit,
                                         const TokenRequest& request) {
  if (request.bindings.empty())
    return fail(ErrorCode::kInvalid, "role.missing", "give the token at least one role");
  for (const tenancy::RoleBinding& binding : request.bindings) {
    if (may_give(permit.principal(), binding.role)) continue;
    return fail(ErrorCode::kForbidden, "role.escalation",
                fmt::format("a token may not give the role {}: it permits more than the giver's own",
                            name_of(binding.role)));
  }
  CHECK_OK(check_scopes(permit.principal(), request.scopes));
  auto principal = std::make_shared<Principal>();
  principal->tenant = permit.tenant();
  principal->bindings = request.bindings;
  principal->scopes = request.scopes;
  std::optional<WallTime> expires;
  if (request.expires_in) expires = clock_.wall() + *request.expires_in;
  CHECK_OK(check_within_life(permit.principal(), expires));
  Token draft{.expires_at = expires, .name = request.name};
  CHECK_OK(give_quotas(permit.principal(), request, draft, *principal));
  draft.principal = std::move(principal);
  IssuedToken issued;
  {
    MutexLock lock(changing_);
    CHECK_OK(check_room(permit.tenant()));
    TRY(issued, issue(draft));
  }
  ledger::Record record =
      lifecycle_record(permit.principal(), Action::kTokensCreate, issued.token->id, clock_.wall());
  CHECK_OK(ledger_.append_durable(permit, {&record, 1}));
  table_.put(issued.token);
  return issued;
}

Result<TokenPage> TokenService::list(const tenancy::Permit<Action::kTokensList>& permit,
                                     std::string_view after, std::int64_t limit) {
  TokenPage page;
  TRY(page.tokens, token_store::page(store_, permit.tenant().view(), after, limit + 1));
  if (static_cast<std::int64_t>(page.tokens.size()) > limit) {
    page.tokens.pop_back();
    page.next = page.tokens.back()->id;
  }
  return page;
}

Result<TokenPtr> TokenService::find(const tenancy::TenantId& tenant, std::string_view id) {
  TRY(TokenPtr token, token_store::find(store_, tenant.view(), id));
  bool revoked = token && (token->ended || (token->revoked_at && *token->revoked_at <= clock_.wall()));
  if (!token || revoked) return not_found();
  return token;
}

Status TokenService::end_at(const TokenPtr& token, WallTime when) {
  if (when <= clock_.wall()) {
    CHECK_OK(token_store::end(store_, token->id, when));
    table_.erase(token->hash);
    return {};
  }
  CHECK_OK(token_store::set_revoked_at(store_, token->id, when));
  auto ending = std::make_shared<Token>(*token);
  ending->revoked_at = token->revoked_at ? std::min(*token->revoked_at, when) : when;
  table_.put(std::move(ending));
  return {};
}

Result<TokenPtr> TokenService::revoke(const tenancy::Permit<Action::kTokensRevoke>& permit,
                                      std::string_view id) {
  MutexLock lock(changing_);
  TRY(TokenPtr token, find(permit.tenant(), id));
  CHECK_OK(check_within(permit.principal(), *token));
  ledger::Record record =
      lifecycle_record(permit.principal(), Action::kTokensRevoke, token->id, clock_.wall());
  CHECK_OK(ledger_.append_durable(permit, {&record, 1}));
  CHECK_OK(end_at(token, clock_.wall()));
  return token_store::find(store_, permit.tenant().view(), id);
}

Result<IssuedToken> TokenService::rotate(const tenancy::Permit<Action::kTokensRotate>& permit,
                                         std::string_view id, std::chrono::milliseconds overlap) {
  MutexLock lock(changing_);
  TRY(TokenPtr old, find(permit.tenant(), id));
  CHECK_OK(check_scopes(permit.principal(), old->principal->scopes));
  CHECK_OK(check_within(permit.principal(), *old));
  CHECK_OK(check_within_life(permit.principal(), old->expires_at));
  CHECK_OK(check_shares_quotas(permit.principal(), *old->principal));
  // Without an overlap there is not one more than before.
  if (overlap > std::chrono::milliseconds(0)) CHECK_OK(check_room(permit.tenant()));
  // The same rights, the same end, and the same counters of what it uses.
  Token draft{
      .principal = old->principal, .expires_at = old->expires_at, .name = old->name, .quotas = old->quotas};
  TRY(IssuedToken issued, issue(draft));
  ledger::Record record = lifecycle_record(permit.principal(), Action::kTokensRotate, old->id, clock_.wall());
  record.extra["replaced_by"] = json::string(issued.token->id);
  CHECK_OK(ledger_.append_durable(permit, {&record, 1}));
  table_.put(issued.token);
  CHECK_OK(end_at(old, clock_.wall() + overlap));
  return issued;
}

Result<PastQuestion> TokenService::asked_then(const tenancy::Permit<Action::kLedgerExplain>& permit,
                                              const json::object& record) {
  return past_question(store_, permit.tenant(), record);
}

}  // namespace bailiwick::identity
