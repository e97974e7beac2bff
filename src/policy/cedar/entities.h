// Entities: who and what there is, with attributes, tags and every ancestor.
//
// Built once, then read by any thread. A store may stand on another, as a request's own entities stand on its
// tenant's: what the upper one has hides what the lower one says of the same entity.
#pragma once

#include <memory>
#include <vector>

#include "policy/cedar/entity_names.h"

namespace bailiwick::cedar {

struct Entity {
  Uid uid;
  const RecordData* attributes = nullptr;
  const RecordData* tags = nullptr;
  std::span<const Uid> ancestors;  ///< sorted; itself is not among them
  Symbol symbol = 0;  ///< in the names of the entities that it belongs to; 0: it is a request's own
  std::span<const Symbol> above;  ///< the ancestors', likewise

  bool is_in(const Uid& container) const;
};

class Entities {
 public:
  explicit Entities(const Entities* below = nullptr) : below_(below) {}

  /// Null when there is no such entity.
  const Entity* find(const Uid& uid) const;
  /// Has the processor fetch what find() looks at first.
  void prefetch(const Uid& uid) const {
    if (names_) names_->prefetch(uid);
  }
  /// `uid in container`: the same, or an ancestor.
  bool is_in(const Uid& uid, const Uid& container) const;

  /// What every entity's symbol is of; null when the ones below are numbered otherwise.
  const EntityNames* names() const {
    return below_ && below_->names() != names_.get() ? nullptr : names_.get();
  }
  std::size_t size() const { return entities_.size(); }
  std::span<const Entity> all() const { return entities_; }
  std::size_t footprint() const {
    return arena_.footprint() + entities_.capacity() * sizeof(Entity) +
           places_.capacity() * sizeof(std::uint32_t);
  }

 private:
  friend class EntitiesBuilder;
  bool owns(const Entity& entity) const {
    return &entity >= entities_.data() && &entity < entities_.data() + entities_.size();
  }

  const Entities* below_;
  EntityNamesPtr names_;
  Arena arena_;
  std::vector<Entity> entities_;
  std::vector<std::uint32_t> places_;  // by symbol: index + 1 into entities_, 0: a name that is no entity
};

/// Takes entities one by one and closes their hierarchy.
class EntitiesBuilder {
 public:
  /// Names are interned in `names`; null: in a pool of their own.
  explicit EntitiesBuilder(EntityNamesPtr names = nullptr) {
    built_.names_ = names ? std::move(names) : std::make_shared<EntityNames>();
  }

  EntityNames& names() { return *built_.names_; }
  /// Where values and texts of the entities to be added must live.
  Arena& arena() { return built_.arena_; }
  /// Errors: kInvalid `entities.duplicate`.
  Status add(Uid uid, const RecordData* attributes, const RecordData* tags, std::vector<Uid> parents);
  /// Errors: kInvalid `entities.cycle`; kTooLarge `entities.size` past `kMaxAncestors` in all.
  Result<Entities> build(const Entities* below = nullptr);

  static constexpr std::size_t kMaxAncestors = 1'000'000;

 private:
  Status close(std::size_t index);
  static std::unexpected<Error> too_large();

  Entities built_;
  std::vector<std::vector<Uid>> parents_;
  std::vector<int> state_;
  std::size_t ancestor_count_ = 0;
};

}  // namespace bailiwick::cedar
