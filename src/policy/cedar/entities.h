// Entities: who and what there is, with attributes, tags and every ancestor.
//
// Built once, then read by any thread. A store may stand on another, as a request's own entities stand on its
// tenant's: what the upper one has hides what the lower one says of the same entity.
#pragma once

#include <memory>
#include <vector>

#include "policy/cedar/value.h"

namespace bailiwick::cedar {

struct Entity {
  Uid uid;
  const RecordData* attributes = nullptr;
  const RecordData* tags = nullptr;
  std::span<const Uid> ancestors;  ///< sorted; itself is not among them

  bool is_in(const Uid& container) const;
};

class Entities {
 public:
  explicit Entities(const Entities* below = nullptr) : below_(below) {}

  /// Null when there is no such entity.
  const Entity* find(const Uid& uid) const;
  /// `uid in container`: the same, or an ancestor.
  bool is_in(const Uid& uid, const Uid& container) const;

  std::size_t size() const { return entities_.size(); }
  std::span<const Entity> all() const { return entities_; }
  std::size_t footprint() const { return arena_.footprint(); }

 private:
  friend class EntitiesBuilder;
  bool owns(const Entity& entity) const {
    return &entity >= entities_.data() && &entity < entities_.data() + entities_.size();
  }

  const Entities* below_;
  Arena arena_;
  std::vector<Entity> entities_;
  std::vector<std::uint32_t> slots_;  // open addressing: index + 1 into entities_, 0 = free
};

/// Takes entities one by one and closes their hierarchy.
class EntitiesBuilder {
 public:
  /// Where values and texts of the entities to be added must live.
  Arena& arena() { return built_.arena_; }
  /// Errors: kInvalid `entities.duplicate`.
  Status add(Uid uid, const RecordData* attributes, const RecordData* tags, std::vector<Uid> parents);
  /// Errors: kInvalid `entities.cycle`; kTooLarge `entities.size` past `kMaxAncestors` in all.
  Result<Entities> build(const Entities* below = nullptr);

  static constexpr std::size_t kMaxAncestors = 1'000'000;

 private:
  Status close(std::size_t index);

  Entities built_;
  std::vector<std::vector<Uid>> parents_;
  std::vector<int> state_;
  std::size_t ancestor_count_ = 0;
};

}  // namespace bailiwick::cedar
