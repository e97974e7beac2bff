#include "policy/cedar/entities.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "base/excerpt.h"

namespace bailiwick::cedar {
namespace {

enum State { kUnvisited, kOpen, kClosed };

/// The place of the entity in the table, or the free one where it belongs.
std::size_t slot_of(const std::vector<std::uint32_t>& slots, std::span<const Entity> entities,
                    const Uid& uid) {
  std::size_t mask = slots.size() - 1;
  std::size_t at = uid.hash & mask;
  while (slots[at] != 0 && !(entities[slots[at] - 1].uid == uid)) at = (at + 1) & mask;
  return at;
}

}  // namespace

bool Entity::is_in(const Uid& container) const {
  return std::ranges::binary_search(ancestors, container);
}

const Entity* Entities::find(const Uid& uid) const {
  if (!slots_.empty()) {
    std::uint32_t index = slots_[slot_of(slots_, entities_, uid)];
    if (index != 0) return &entities_[index - 1];
  }
  return below_ ? below_->find(uid) : nullptr;
}

bool Entities::is_in(const Uid& uid, const Uid& container) const {
  if (uid == container) return true;
  const Entity* entity = find(uid);
  return entity && entity->is_in(container);
}

Status EntitiesBuilder::add(Uid uid, const RecordData* attributes, const RecordData* tags,
                            std::vector<Uid> parents) {
  auto& slots = built_.slots_;
  auto& entities = built_.entities_;
  if (slots.size() < 2 * (entities.size() + 1)) {
    slots.assign(std::bit_ceil(4 * (entities.size() + 1)), 0);
    for (std::size_t i = 0; i < entities.size(); ++i) {
      slots[slot_of(slots, entities, entities[i].uid)] = static_cast<std::uint32_t>(i + 1);
    }
  }
  std::size_t slot = slot_of(slots, entities, uid);
  if (slots[slot] != 0) {
    return fail(ErrorCode::kInvalid, "entities.duplicate",
                fmt::format("the entity {} stands here twice", excerpt(to_string(uid.to_entity_uid()))));
  }
  entities.push_back({uid, attributes, tags, {}});
  parents_.push_back(std::move(parents));
  slots[slot] = static_cast<std::uint32_t>(entities.size());
  return {};
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
    }
    std::ranges::sort(ancestors);
    ancestors.erase(std::ranges::unique(ancestors).begin(), ancestors.end());
    if ((ancestor_count_ += ancestors.size()) > kMaxAncestors) {
      return fail(ErrorCode::kTooLarge, "entities.size",
                  fmt::format("the hierarchy has more than {} ancestors in all", kMaxAncestors));
    }
    std::span<Uid> kept = arena().make_array<Uid>(ancestors.size());
    std::ranges::copy(ancestors, kept.begin());
    built_.entities_[index].ancestors = kept;
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
