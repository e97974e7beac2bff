#include "api/whoami.h"

#include "policy/role_policies.h"
#include "policy/role_table.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::Reply;
using tenancy::Action;

struct WhoAmI {
  std::string subject;
  std::optional<std::string> tenant;
  std::vector<std::string> roles;
  std::vector<std::string> actions;
};
template <class Visitor>
void describe(Visitor& v, WhoAmI& view) {
  v.required("subject", view.subject, "How this credential stands in records.");
  v.required("tenant", view.tenant, "Its tenant; null for the platform admin.");
  v.required("roles", view.roles, "Its roles; a reach follows after a colon.");
  v.required("actions", view.actions, "What it may do somewhere in its reach.");
}

struct RoleView {
  std::string role;
  std::vector<std::string> actions;
};
template <class Visitor>
void describe(Visitor& v, RoleView& view) {
  v.required("role", view.role, "Name of the role.");
  v.required("actions", view.actions, "All that it permits.");
}
struct RoleList {
  std::vector<RoleView> roles;
};
template <class Visitor>
void describe(Visitor& v, RoleList& list) {
  v.required("roles", list.roles, "Built-in roles.");
}

std::string reach_text(const tenancy::RoleBinding& binding) {
  std::string text(name_of(binding.role));
  if (binding.program) text += ":program/" + binding.program->str();
  if (binding.name_space) text += ":namespace/" + binding.name_space->str();
  return text;
}

net::Task<Result<Reply>> whoami(Call<Action::kWhoAmI>& call, edge::NoBody) {
  const tenancy::Principal& principal = call.permit.principal();
  WhoAmI view{.subject = principal.subject, .tenant = {}, .roles = {}, .actions = {}};
  if (principal.tenant) view.tenant = principal.tenant->str();
  for (const auto& binding : principal.bindings) view.roles.push_back(reach_text(binding));
  for (const auto& info : tenancy::kActions) {
    bool role = std::ranges::any_of(principal.bindings,
                                    [&](const auto& b) { return policy::binding_permits(b, info.action); });
    if (role && policy::scopes_cover(principal.scopes, info.action)) view.actions.emplace_back(info.name);
  }
  co_return Reply::json(200, to_json_value(view));
}

Result<Reply> roles(const net::RequestHead&) {
  RoleList list;
  for (const policy::RoleRow& row : policy::role_table()) {
    RoleView view{.role = std::string(name_of(row.role)), .actions = {}};
    for (const auto& info : tenancy::kActions) {
      if (policy::role_permits(row.role, info.action)) view.actions.emplace_back(info.name);
    }
    list.roles.push_back(std::move(view));
  }
  return Reply::json(200, to_json_value(list));
}

}  // namespace

std::vector<edge::Route> whoami_routes() {
  return {
      edge::route<Action::kWhoAmI, edge::NoBody>("GET", "/v1/whoami",
                                                 {.summary = "What this credential is and may do",
                                                  .tag = "identity",
                                                  .answer = edge::schema_of<WhoAmI>},
                                                 whoami),
      edge::open_route("GET", "/v1/roles",
                       {.summary = "The table of roles and actions",
                        .tag = "identity",
                        .answer = edge::schema_of<RoleList>},
                       roles),
  };
}

}  // namespace bailiwick::api
