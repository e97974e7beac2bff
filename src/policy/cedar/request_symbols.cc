#include "policy/cedar/request_symbols.h"

#include <algorithm>

namespace bailiwick::cedar {
namespace {

EntitySymbols look_up(const Uid& uid, const Entity* known, const EntityNames& names, Arena& arena) {
  EntitySymbols found{.own = names.find(uid), .above = {}, .type = uid.type};
  if (!known || known->ancestors.empty()) return found;
  std::span<Symbol> above = arena.make_array<Symbol>(known->ancestors.size());
  std::size_t count = 0;
  for (const Uid& ancestor : known->ancestors) {
    if (Symbol symbol = names.find(ancestor)) above[count++] = symbol;
  }
  found.above = above.first(count);
  return found;
}

EntitySymbols symbols_of(const Uid& uid, const Entity* known, const EntityNames& names,
                         const Entities& entities, Arena& arena) {
  if (known && known->symbol != 0 && entities.names() == &names)
    return {.own = known->symbol, .above = known->above, .type = uid.type};
  return look_up(uid, known, names, arena);
}

}  // namespace

bool EntitySymbols::is_in(Symbol container) const {
  return own == container || std::ranges::find(above, container) != above.end();
}

RequestSymbols::RequestSymbols(const Evaluator& evaluator, const EntityNames& names, const Entities& entities,
                               Arena& arena)
    : principal(symbols_of(evaluator.request().principal, evaluator.principal(), names, entities, arena)),
      action(symbols_of(evaluator.request().action, evaluator.action(), names, entities, arena)),
      resource(symbols_of(evaluator.request().resource, evaluator.resource(), names, entities, arena)) {}

}  // namespace bailiwick::cedar
