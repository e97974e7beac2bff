#include "identity/token_store.h"

#include "base/binding.h"
#include "base/json.h"
#include "base/printing.h"

namespace bailiwick::identity::token_store {
namespace {

constexpr std::string_view kSchema = R"sql(
CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL,            -- empty for the platform admin
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,       -- hex HMAC-SHA256; the token itself is kept nowhere
  subject TEXT NOT NULL,
  bindings TEXT NOT NULL,          -- JSON [{role, program?, namespace?}]
  scopes TEXT NOT NULL,            -- JSON [text]
  source TEXT NOT NULL,
  created_at INTEGER NOT NULL,     -- microseconds since 1970, UTC
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX tokens_by_tenant ON tokens (tenant, id);
)sql";

constexpr std::string_view kEnded = R"sql(
ALTER TABLE tokens ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;  -- 1 once it is revoked for good
UPDATE tokens SET ended = 1 WHERE revoked_at <= unixepoch() * 1000000;
)sql";

constexpr std::string_view kIndexes = R"sql(
-- Every second somebody asks which tokens are over; that must not read all of them.
CREATE INDEX tokens_being_revoked ON tokens (revoked_at) WHERE ended = 0 AND revoked_at IS NOT NULL;
CREATE INDEX tokens_by_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;
)sql";

constexpr std::string_view kQuotas = R"sql(
ALTER TABLE tokens ADD COLUMN quotas TEXT NOT NULL DEFAULT '{}';     -- JSON, as in tenant.yaml
ALTER TABLE tokens ADD COLUMN metered_as TEXT NOT NULL DEFAULT '';   -- subject whose quotas they are
)sql";

std::int64_t micros(WallTime time) {
  return time.time_since_epoch().count();
}
WallTime from_micros(std::int64_t us) {
  return WallTime(std::chrono::microseconds(us));
}

std::string bindings_json(const std::vector<tenancy::RoleBinding>& bindings) {
  json::array out;
  for (const tenancy::RoleBinding& binding : bindings) {
    json::object row{{"role", json::string(name_of(binding.role))}};
    if (binding.program) row["program"] = json::string(binding.program->view());
    if (binding.name_space) row["namespace"] = json::string(binding.name_space->view());
    out.push_back(std::move(row));
  }
  return json::serialize(out);
}

Result<std::vector<tenancy::RoleBinding>> bindings_from(const std::string& text) {
  TRY(json::value value, parse_json(text));
  std::vector<tenancy::RoleBinding> bindings;
  for (const json::value& item : value.as_array()) {
    const json::object& row = item.as_object();
    tenancy::RoleBinding binding;
    auto role = enum_from<tenancy::Role>(row.at("role").as_string());
    if (!role) return fail(ErrorCode::kInternal, "token.row", "a token row names an unknown role");
    binding.role = *role;
    if (auto* program = row.if_contains("program")) {
      TRY(binding.program, tenancy::ProgramId::parse(program->as_string()));
    }
    if (auto* name_space = row.if_contains("namespace")) {
      TRY(binding.name_space, tenancy::NamespaceId::parse(name_space->as_string()));
    }
    bindings.push_back(std::move(binding));
  }
  return bindings;
}

Result<TokenPtr> from_row(const storage::Row& row) {
  auto token = std::make_shared<Token>();
  auto principal = std::make_shared<tenancy::Principal>();
  token->id = row.text(0);
  if (!row.text(1).empty()) {
    TRY(principal->tenant, tenancy::TenantId::parse(row.text(1)));
  }
  token->name = row.text(2);
  TRY(token->hash, crypto::digest_from_hex(row.text(3)));
  principal->subject = row.text(4);
  TRY(principal->bindings, bindings_from(row.text(5)));
  TRY(json::value scopes, parse_json(row.text(6)));
  for (const json::value& scope : scopes.as_array()) principal->scopes.emplace_back(scope.as_string());
  token->source = enum_from<TokenSource>(row.text(7)).value_or(TokenSource::kApi);
  token->created_at = from_micros(row.integer(8));
  if (!row.is_null(9)) token->expires_at = from_micros(row.integer(9));
  if (!row.is_null(10)) token->revoked_at = from_micros(row.integer(10));
  token->ended = row.integer(11) != 0;
  TRY(token->quotas, bind_json<snapshot::RequestQuotas>(row.text(12)));
  principal->metered_as = row.text(13);
  token->principal = std::move(principal);
  return token;
}

Result<std::vector<TokenPtr>> from_rows(const std::vector<storage::Row>& rows) {
  std::vector<TokenPtr> tokens;
  tokens.reserve(rows.size());
  for (const storage::Row& row : rows) {
    TRY(TokenPtr token, from_row(row));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

#define TOKEN_COLUMNS                                                                              \
  "id, tenant, name, hash, subject, bindings, scopes, source, created_at, expires_at, revoked_at," \
  " ended, quotas, metered_as FROM tokens "

}  // namespace

std::vector<storage::Migration> migrations() {
  return {
      {"identity", 1, kSchema}, {"identity", 2, kEnded}, {"identity", 3, kIndexes}, {"identity", 4, kQuotas}};
}

Status insert(storage::PlatformStore& store, const Token& token) {
  const tenancy::Principal& principal = *token.principal;
  json::array scopes;
  for (const std::string& scope : principal.scopes) scopes.push_back(json::string(scope));
  std::string scope_text = json::serialize(scopes), bindings = bindings_json(principal.bindings);
  std::string hash = crypto::to_hex(token.hash), quotas = json::serialize(to_json_value(token.quotas));
  storage::Param expires = token.expires_at ? storage::Param(":expires", micros(*token.expires_at))
                                            : storage::Param(":expires", nullptr);
  TRY([[maybe_unused]] auto rows,
      store.execute(
          "INSERT INTO tokens (id, tenant, name, hash, subject, bindings, scopes, source, created_at, "
          "expires_at, quotas, metered_as) VALUES (:id, :owner, :name, :hash, :subject, :bindings, :scopes, "
          ":source, :created, :expires, :quotas, :metered_as)",
          {{":id", token.id},
           {":owner", principal.tenant ? principal.tenant->view() : std::string_view()},
           {":name", token.name},
           {":hash", hash},
           {":subject", principal.subject},
           {":bindings", bindings},
           {":scopes", scope_text},
           {":source", bailiwick::name_of(token.source)},
           {":created", micros(token.created_at)},
           {":quotas", quotas},
           {":metered_as", principal.metered_as},
           expires}));
  return {};
}

Status set_revoked_at(storage::PlatformStore& store, std::string_view id, WallTime when) {
  TRY([[maybe_unused]] auto rows, store.execute("UPDATE tokens SET revoked_at = :when WHERE id = :id AND "
                                                "(revoked_at IS NULL OR revoked_at > :when)",
                                                {{":id", id}, {":when", micros(when)}}));
  return {};
}

Status end(storage::PlatformStore& store, std::string_view id, WallTime when) {
  CHECK_OK(set_revoked_at(store, id, when));
  TRY([[maybe_unused]] auto rows, store.execute("UPDATE tokens SET ended = 1 WHERE id = :id", {{":id", id}}));
  return {};
}

Result<std::vector<TokenPtr>> over(storage::PlatformStore& store, WallTime since, WallTime now) {
  TRY(auto rows, store.query("SELECT " TOKEN_COLUMNS "WHERE (ended = 0 AND revoked_at <= :now) OR "
                             "(expires_at > :since AND expires_at <= :now)",
                             {{":since", micros(since)}, {":now", micros(now)}}));
  return from_rows(rows);
}

Result<std::vector<TokenPtr>> live(storage::PlatformStore& store, WallTime now) {
  TRY(auto rows,
      store.query("SELECT " TOKEN_COLUMNS "WHERE ended = 0 AND (expires_at IS NULL OR expires_at > :now) "
                  "AND (revoked_at IS NULL OR revoked_at > :now)",
                  {{":now", micros(now)}}));
  return from_rows(rows);
}

Result<std::vector<TokenPtr>> page(storage::PlatformStore& store, std::string_view tenant,
                                   std::string_view after, std::int64_t limit) {
  TRY(auto rows,
      store.query("SELECT " TOKEN_COLUMNS "WHERE tenant = :owner AND id > :after ORDER BY id LIMIT :limit",
                  {{":owner", tenant}, {":after", after}, {":limit", limit}}));
  return from_rows(rows);
}

Result<TokenPtr> find(storage::PlatformStore& store, std::string_view tenant, std::string_view id) {
  TRY(auto rows, store.query("SELECT " TOKEN_COLUMNS "WHERE tenant = :owner AND id = :id",
                             {{":owner", tenant}, {":id", id}}));
  if (rows.empty()) return TokenPtr();
  return from_row(rows.front());
}

Result<std::int64_t> count_live(storage::PlatformStore& store, std::string_view tenant, WallTime now) {
  TRY(auto rows,
      store.query(
          "SELECT count(*) FROM tokens WHERE tenant = :owner AND ended = 0 AND (expires_at IS NULL OR "
          "expires_at > :now) AND (revoked_at IS NULL OR revoked_at > :now)",
          {{":owner", tenant}, {":now", micros(now)}}));
  return rows.front().integer(0);
}

Status end_other_platform_admins(storage::PlatformStore& store, std::string_view id, WallTime now) {
  TRY([[maybe_unused]] auto rows,
      store.execute("UPDATE tokens SET ended = 1, revoked_at = min(coalesce(revoked_at, :now), :now) WHERE "
                    "tenant = '' AND id <> :id",
                    {{":id", id}, {":now", micros(now)}}));
  return {};
}

}  // namespace bailiwick::identity::token_store
