// ScopeKeys: what must hold for a policy to apply, in the form that a table can be keyed by.
#pragma once

#include "policy/cedar/program.h"

namespace bailiwick::cedar {

/// What a policy asks of the principal or of the resource.
struct EntityKey {
  enum class Match { kAny, kExact, kWithin };
  Match match = Match::kAny;
  Uid uid;                ///< of kExact and kWithin
  std::string_view type;  ///< empty: any; of kExact the entity's own
};

/// A condition's first comparison: this node must give this value.
struct ValueKey {
  std::uint32_t node = 0;
  Value value;
};

struct ScopeKeys {
  EntityKey principal;
  EntityKey resource;
  EntityKey::Match action_match = EntityKey::Match::kAny;
  std::vector<Uid> actions;  ///< any of them
  std::vector<ValueKey> values;
};

/// Texts of the keys live in `arena`. A value is a key only where nothing that is evaluated before it can
/// fail, so that a policy which is passed over for it would have been false, not failed.
ScopeKeys scope_keys(const Policy& policy, Program& program, Arena& arena);

std::uint64_t hash_value(const Value& value);

}  // namespace bailiwick::cedar
