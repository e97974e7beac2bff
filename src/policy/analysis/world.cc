#include "policy/analysis/world.h"

#include <algorithm>

#include "policy/cedar/entities_json.h"

namespace bailiwick::cedar::analysis {

std::vector<World> worlds_of(const Schema* schema, const Entities* action_entities) {
  if (!schema) return {World{}};
  std::vector<World> worlds;
  auto world_of = [&](const std::string& principal, const std::string& resource,
                      const TypePtr& context) -> World& {
    auto same = [&](const World& world) {
      return world.principal == principal && world.resource == resource && *world.context == *context;
    };
    auto found = std::ranges::find_if(worlds, same);
    if (found != worlds.end()) return *found;
    worlds.push_back({schema, principal, resource, context, {}, action_entities});
    return worlds.back();
  };
  for (const auto& [uid, action] : schema->actions()) {
    if (!action.context) continue;
    for (const std::string& principal : action.principals) {
      for (const std::string& resource : action.resources)
        world_of(principal, resource, action.context).actions.push_back(uid);
    }
  }
  return worlds;
}

Result<Entities> action_entities_of(const Schema& schema) {
  return parse_entities(json::array(), "actions", &schema);
}

}  // namespace bailiwick::cedar::analysis
