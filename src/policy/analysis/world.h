// World: what is known of every request before any policy is read.
//
// Without a schema nothing is: any attribute may have any type, or be missing. With one, a world is one kind
// of request: the types of its principal and resource, its context, and the actions that share them.
#pragma once

#include "policy/cedar/entities.h"
#include "policy/cedar/schema.h"

namespace bailiwick::cedar::analysis {

struct World {
  const Schema* schema = nullptr;
  std::string principal;
  std::string resource;
  TypePtr context;
  std::vector<EntityUid> actions;
  /// The schema's actions with their groups; null without a schema.
  const Entities* action_entities = nullptr;
};

/// One for each kind of request of the schema, which must outlive them; without a schema the one that knows
/// nothing. `action_entities` may be null.
std::vector<World> worlds_of(const Schema* schema, const Entities* action_entities);
/// The schema's actions as entities.
Result<Entities> action_entities_of(const Schema& schema);

}  // namespace bailiwick::cedar::analysis
