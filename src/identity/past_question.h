// A past question: an operation that the ledger says was decided, as it was asked, so that it can be asked
// again.
#pragma once

#include "base/json.h"
#include "policy/kernel.h"
#include "storage/platform_store.h"

namespace bailiwick::identity {

struct PastQuestion {
  std::shared_ptr<const tenancy::Principal> principal;  ///< as its token was made; a token never changes
  tenancy::Action action{};
  tenancy::TenantId tenant;
  std::optional<tenancy::ProgramId> program;
  std::optional<tenancy::NamespaceId> name_space;
  std::string resource;
  WallTime time{};

  /// Refers to this. It holds no facts that came late, which records do not keep, and no rules.
  policy::Question question() const {
    return {.principal = *principal,
            .action = action,
            .tenant = &tenant,
            .program = program ? &*program : nullptr,
            .name_space = name_space ? &*name_space : nullptr,
            .resource = resource,
            .time = time};
  }
};

/// Whether roles, scopes and rules decided what the record says, at the door: `role.…`, `scope.…`, `rule.…`.
/// What they allowed and a limit, a budget or the work itself then refused is not.
bool decided_by_policy(const json::object& record);

/// What roles, scopes and rules said at the door. What a limit, a budget or the work itself refused
/// afterwards they had allowed.
struct DoorDecision {
  policy::Effect effect = policy::Effect::kAllow;
  std::string reason;      ///< of a denial
  std::string afterwards;  ///< what refused it later: `budget.daily`; empty = nothing did
};
/// Of a record of kind `request`. Errors: kConflict `record.no_decision` saying why there is none that could
/// be compared: roles and rules were not asked, or rules denied by facts that records do not keep.
Result<DoorDecision> door_decision(const json::object& record);

/// The question of a record of kind `request`. `tenant` is the chain's. Blocks. Errors: kConflict
/// `record.no_question` saying why it cannot be asked again: it is of another kind, stands for many, or was
/// asked by who is not stored, such as a token of a registry.
Result<PastQuestion> past_question(storage::PlatformStore& store, const tenancy::TenantId& tenant,
                                   const json::object& record);

}  // namespace bailiwick::identity
