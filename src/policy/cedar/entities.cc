#include "policy/cedar/entities.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/excerpt.h"

namespace bailiwick::cedar {
namespace {

enum State { kUnvisited, kOpen, kClosed };

}  // namespace

bool Entity::is_in(const Uid& container) const {
  return std::ranges::binary_search(ancestors, container);
}

const Entity* Entities::find(const Uid& uid) const {
  Symbol symbol = names_ ? names_->find(uid) : 0;
  if (symbol < places_.size() && places_[symbol] != 0) return &entities_[places_[symbol] - 1];
  return below_ ? below_->find(uid) : nullptr;
}

bool Entities::is_in(const Uid& uid, const Uid& container) const {
  if (uid == container) return true;
  const Entity* entity = find(uid);
  return entity && entity->is_in(container);
}

Status EntitiesBuilder::add(Uid uid, const RecordData* attributes, const RecordData* tags,
                            std::vector<Uid> parents) {
  Symbol symbol = names().intern(uid.type, uid.id);
  auto& places = built_.places_;
  if (places.size() <= symbol) places.resize(std::max<std::size_t>(symbol + 1, 2 * places.size()));
  if (places[symbol] != 0) {
    return fail(ErrorCode::kInvalid, "entities.duplicate",
                fmt::format("the entity {} stands here twice", excerpt(to_string(uid.to_entity_uid()))));
  }
  built_.entities_.push_back(
      {.uid = names().name(symbol), .attributes = attributes, .tags = tags, .symbol = symbol});
  std::ranges::sort(parents);
  parents.erase(std::ranges::unique(parents).begin(), parents.end());
  parents_.push_back(std::move(parents));
  places[symbol] = static_cast<std::uint32_t>(built_.entities_.size());
  return {};
}

std::unexpected<Error> EntitiesBuilder::too_large() {
  return fail(ErrorCode::kTooLarge, "entities.size",
              fmt::format("the hierarchy has more than {} ancestors in all", kMaxAncestors));
}

/// Depth first with a stack of its own: a chain of a million entities is no deep recursion.
Status EntitiesBuilder::close(std::size_t root) {
  std::vector<std::pair<std::size_t, std::size_t>> stack{{root, 0}};
  std::vector<Uid> ancestors;
  while (!stack.empty()) {
    auto [index, next_parent] = stack.back();
    state_[index] = kOpen;
    if (next_parent < parents_[index].size()) {
      ++stack.back().second;
      const Entity* parent = built_.find(parents_[index][next_parent]);
      if (!parent || !built_.owns(*parent)) continue;
      auto parent_index = static_cast<std::size_t>(parent - built_.entities_.data());
      if (state_[parent_index] == kOpen) {
        return fail(ErrorCode::kInvalid, "entities.cycle",
                    fmt::format("{} is its own ancestor", excerpt(to_string(parent->uid.to_entity_uid()))));
      }
      if (state_[parent_index] == kUnvisited) stack.emplace_back(parent_index, 0);
      continue;
    }
    ancestors.assign(parents_[index].begin(), parents_[index].end());
    for (const Uid& uid : parents_[index]) {
      if (const Entity* parent = built_.find(uid)) {
        ancestors.insert(ancestors.end(), parent->ancestors.begin(), parent->ancestors.end());
      }
      // Before they are too many to be held; what two parents share is counted twice until it is sorted.
      if (ancestors.size() > 2 * kMaxAncestors) return too_large();
    }
    std::ranges::sort(ancestors);
    ancestors.erase(std::ranges::unique(ancestors).begin(), ancestors.end());
    if ((ancestor_count_ += ancestors.size()) > kMaxAncestors) return too_large();
    std::span<Uid> kept = arena().make_array<Uid>(ancestors.size());
    std::ranges::copy(ancestors, kept.begin());
    std::span<Symbol> symbols = arena().make_array<Symbol>(ancestors.size());
    std::ranges::transform(ancestors, symbols.begin(),
                           [&](const Uid& uid) { return names().intern(uid.type, uid.id); });
    built_.entities_[index].ancestors = kept;
    built_.entities_[index].above = symbols;
    state_[index] = kClosed;
    stack.pop_back();
  }
  return {};
}

Result<Entities> EntitiesBuilder::build(const Entities* below) {
  built_.below_ = below;
  state_.assign(built_.entities_.size(), kUnvisited);
  for (std::size_t i = 0; i < built_.entities_.size(); ++i) {
    if (state_[i] == kUnvisited) CHECK_OK(close(i));
  }
  parents_.clear();
  return std::move(built_);
}

}  // namespace bailiwick::cedar
