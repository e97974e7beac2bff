// RequestSymbols: the entities of a request, and what they are in, as the policies number them.
#pragma once

#include "policy/cedar/evaluator.h"

namespace bailiwick::cedar {

struct EntitySymbols {
  Symbol own = 0;
  std::span<const Symbol> above;  ///< what it is in; those that no policy and no entity names may be missing
  std::string_view type;

  bool is_in(Symbol container) const;
};

struct RequestSymbols {
  EntitySymbols principal, action, resource;

  /// Takes from the entities when they are named from the same pool as the policies; looks them up otherwise,
  /// into `arena`.
  RequestSymbols(const Evaluator& evaluator, const EntityNames& names, const Entities& entities,
                 Arena& arena);
};

}  // namespace bailiwick::cedar
