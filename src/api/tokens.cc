#include "api/tokens.h"

#include "api/paging.h"
#include "net/blocking.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::Reply;
using tenancy::Action;

struct BindingView {
  tenancy::Role role = tenancy::Role::kViewer;
  std::optional<tenancy::ProgramId> program;
  std::optional<tenancy::NamespaceId> name_space;
};
template <class Visitor>
void describe(Visitor& v, BindingView& view) {
  v.required("role", view.role, "What the token may do; see GET /v1/roles.");
  v.field("program", view.program, "Only in this program.");
  v.field("namespace", view.name_space, "Only in this namespace.");
}

struct CreateTokenBody {
  std::string name;
  std::optional<tenancy::Role> role;
  std::vector<BindingView> bindings;
  std::vector<std::string> scopes;
  std::optional<std::chrono::milliseconds> expires_in;
  snapshot::RequestQuotas quotas;
};
template <class Visitor>
void describe(Visitor& v, CreateTokenBody& body) {
  v.field("name", body.name, "For people.", {.max_length = 200});
  v.field("role", body.role, "A role in the whole tenant; short for one binding.");
  v.field("bindings", body.bindings, "Roles, each with its reach.", {.max_length = 32});
  v.field("scopes", body.scopes,
          "Narrows the roles to these actions: ask, corpus.*; empty = all of the roles.", {.max_length = 64});
  v.field("expires_in", body.expires_in, "Life from now: 90d, 12h. Absent = until revoked.");
  v.field("quotas", body.quotas, "What the token may use at most, within what its tenant may.");
}

struct RotateBody {
  std::chrono::milliseconds overlap{0};
};
template <class Visitor>
void describe(Visitor& v, RotateBody& body) {
  v.field("overlap", body.overlap, "How long the old token goes on working: 24h. Default: not at all.");
}

struct TokenView {
  std::string id;
  std::string name;
  std::string tenant;
  std::vector<BindingView> bindings;
  std::vector<std::string> scopes;
  std::string created_at;
  std::optional<std::string> expires_at;
  std::optional<std::string> revoked_at;
  snapshot::RequestQuotas quotas;
};
template <class Visitor>
void describe(Visitor& v, TokenView& view) {
  v.required("id", view.id, "tok_…");
  v.required("name", view.name, "For people.");
  v.required("tenant", view.tenant, "Whose it is.");
  v.required("bindings", view.bindings, "Roles, each with its reach.");
  v.required("scopes", view.scopes, "Narrow the roles; empty = all.");
  v.required("created_at", view.created_at, "RFC 3339.");
  v.required("expires_at", view.expires_at, "RFC 3339, or null.");
  v.required("revoked_at", view.revoked_at, "RFC 3339, or null; in the future while a rotation overlaps.");
  v.required("quotas", view.quotas, "What it may use at most, within what its tenant may.");
}

struct IssuedView : TokenView {
  std::string token;
};
template <class Visitor>
void describe(Visitor& v, IssuedView& view) {
  v.required("token", view.token, "The secret; shown this once.");
  describe(v, static_cast<TokenView&>(view));
}

struct TokenList {
  std::vector<TokenView> tokens;
  std::string next_page_token;
};
template <class Visitor>
void describe(Visitor& v, TokenList& list) {
  v.required("tokens", list.tokens, "In order of id.");
  v.required("next_page_token", list.next_page_token, "Empty at the end.");
}

TokenView view_of(const identity::Token& token) {
  TokenView view{.id = token.id,
                 .name = token.name,
                 .tenant = token.principal->tenant ? token.principal->tenant->str() : "",
                 .bindings = {},
                 .scopes = token.principal->scopes,
                 .created_at = to_rfc3339(token.created_at),
                 .expires_at = {},
                 .revoked_at = {},
                 .quotas = token.quotas};
  for (const tenancy::RoleBinding& binding : token.principal->bindings) {
    view.bindings.push_back({binding.role, binding.program, binding.name_space});
  }
  if (token.expires_at) view.expires_at = to_rfc3339(*token.expires_at);
  if (token.revoked_at) view.revoked_at = to_rfc3339(*token.revoked_at);
  return view;
}

json::value issued_json(const identity::IssuedToken& issued) {
  IssuedView view;
  static_cast<TokenView&>(view) = view_of(*issued.token);
  view.token = issued.secret;
  return to_json_value(view);
}

/// Free functions bound to the service: a handler lives as long as the table of routes.
struct Tokens {
  identity::TokenService& service;

  static net::Task<Result<Reply>> create(Tokens self, Call<Action::kTokensCreate>& call,
                                         CreateTokenBody body) {
    identity::TokenRequest request{.name = body.name,
                                   .bindings = {},
                                   .scopes = body.scopes,
                                   .expires_in = body.expires_in,
                                   .quotas = body.quotas};
    if (body.role) request.bindings.push_back({.role = *body.role, .program = {}, .name_space = {}});
    for (BindingView& binding : body.bindings) {
      request.bindings.push_back({binding.role, std::move(binding.program), std::move(binding.name_space)});
    }
    auto work = [&] { return self.service.create(call.permit, request); };
    CO_TRY(identity::IssuedToken issued, co_await call.loop().blocking.run(work));
    call.record.resource = "token:" + issued.token->id;
    co_return Reply::json(201, issued_json(issued));
  }

  static net::Task<Result<Reply>> list(Tokens self, Call<Action::kTokensList>& call, edge::NoBody) {
    CO_TRY(Page page, page_of(call));
    auto work = [&] { return self.service.list(call.permit, page.after, page.size); };
    CO_TRY(identity::TokenPage found, co_await call.loop().blocking.run(work));
    TokenList list{.tokens = {}, .next_page_token = page_token(found.next)};
    for (const identity::TokenPtr& token : found.tokens) list.tokens.push_back(view_of(*token));
    co_return Reply::json(200, to_json_value(list));
  }

  static net::Task<Result<Reply>> revoke(Tokens self, Call<Action::kTokensRevoke>& call, edge::NoBody) {
    auto work = [&] { return self.service.revoke(call.permit, call.parameter("token")); };
    CO_TRY(identity::TokenPtr token, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(view_of(*token)));
  }

  static net::Task<Result<Reply>> rotate(Tokens self, Call<Action::kTokensRotate>& call, RotateBody body) {
    auto work = [&] { return self.service.rotate(call.permit, call.parameter("token"), body.overlap); };
    CO_TRY(identity::IssuedToken issued, co_await call.loop().blocking.run(work));
    call.record.resource = "token:" + issued.token->id;
    co_return Reply::json(201, issued_json(issued));
  }
};

std::string token_resource(const net::RequestHead&, const edge::PathParameters& path) {
  return "token:" + path.find("token")->second;
}

}  // namespace

std::vector<edge::Route> token_routes(identity::TokenService& tokens) {
  using edge::NoBody;
  Tokens self{tokens};
  return {
      edge::route<Action::kTokensCreate, CreateTokenBody>(
          "POST", "/v1/tenants/{tenant}/tokens",
          {.summary = "Make a token; its secret is shown once",
           .tag = "tokens",
           .success = 201,
           .answer = edge::schema_of<IssuedView>},
          std::bind_front(Tokens::create, self)),
      edge::route<Action::kTokensList, NoBody>("GET", "/v1/tenants/{tenant}/tokens",
                                               {.summary = "List a tenant's tokens, ended ones included",
                                                .tag = "tokens",
                                                .answer = edge::schema_of<TokenList>,
                                                .query = {kPageSizeQuery, kPageTokenQuery}},
                                               std::bind_front(Tokens::list, self)),
      edge::route<Action::kTokensRevoke, NoBody>("DELETE", "/v1/tenants/{tenant}/tokens/{token}",
                                                 {.summary = "Revoke a token at once",
                                                  .tag = "tokens",
                                                  .answer = edge::schema_of<TokenView>,
                                                  .resource = token_resource},
                                                 std::bind_front(Tokens::revoke, self)),
      edge::route<Action::kTokensRotate, RotateBody>("POST", "/v1/tenants/{tenant}/tokens/{token}/rotate",
                                                     {.summary = "Replace a token; the old one may overlap",
                                                      .tag = "tokens",
                                                      .success = 201,
                                                      .answer = edge::schema_of<IssuedView>,
                                                      .resource = token_resource},
                                                     std::bind_front(Tokens::rotate, self)),
  };
}

}  // namespace bailiwick::api
