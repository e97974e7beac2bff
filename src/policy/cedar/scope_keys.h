// ScopeKeys: what must hold for a policy to apply, in the form that a table can be keyed by.
#pragma once

#include "policy/cedar/program.h"

namespace bailiwick::cedar {

/// What a policy asks of the principal or of the resource.
struct EntityKey {
  enum class Match { kAny, kExact, kWithin };
  Match match = Match::kAny;
  Symbol symbol = 0;      ///< of kExact and kWithin
  std::string_view type;  ///< empty: any; of kExact the entity's own
};

/// A condition's first comparison: this node must give this value.
struct ValueKey {
  std::uint32_t node = 0;
  Value value;
};

/// The parts of a scope that something is asked in, as bits.
enum ScopePart : std::uint32_t {
  kPrincipalPart = 1,
  kActionPart = 2,
  kResourcePart = 4,
  kPrincipalTypePart = 8,
  kResourceTypePart = 16,
};
using ScopeParts = std::uint32_t;
inline constexpr std::uint32_t kScopePartBits = 5;
inline constexpr ScopeParts kAllScopeParts = (1U << kScopePartBits) - 1;

struct ScopeKeys {
  EntityKey principal;
  EntityKey resource;
  EntityKey::Match action_match = EntityKey::Match::kAny;
  std::vector<Symbol> actions;  ///< any of them
  std::vector<ValueKey> values;

  ScopeParts parts() const;
};

/// Texts of the keys live in the program. A value is a key only where nothing that is evaluated before it can
/// fail, so that a policy which is passed over for it would have been false, not failed.
ScopeKeys scope_keys(const Policy& policy, Program& program);

std::uint64_t hash_value(const Value& value);

}  // namespace bailiwick::cedar
