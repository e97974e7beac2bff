// The table of roles × actions, as data. GET /v1/roles prints it; role_policies.h makes Cedar of it.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "tenancy/action.h"
#include "tenancy/principal.h"

namespace bailiwick::policy {

/// How decisions name this table in `policy_revision`.
inline constexpr std::string_view kRolesRevision = "roles-1";

/// What `role` adds to the roles it includes.
struct RoleRow {
  tenancy::Role role;
  std::optional<tenancy::Role> includes;
  std::span<const tenancy::Action> adds;
};

std::span<const RoleRow> role_table();

/// Work that belongs to a program or a namespace when the request names one. A role bound to a part permits
/// this alone: what concerns the whole tenant (its documents, ledger, tokens, life) asks for the role in the
/// whole tenant, or naming the program in a header would be enough to get at it.
std::span<const tenancy::Action> partitioned_actions();

}  // namespace bailiwick::policy
