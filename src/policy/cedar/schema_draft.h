// A schema as it was written, names not yet resolved: what both its forms are read into.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/cedar/schema.h"

namespace bailiwick::cedar {

struct TypeDraft;

struct AttributeDraft {
  std::string name;
  std::shared_ptr<const TypeDraft> type;
  bool required = true;
  std::string place;
};

struct TypeDraft {
  enum class Kind {
    kName,       ///< a common type, an entity type or a built-in one, in this order
    kEntity,     ///< an entity type
    kExtension,  ///< an extension type
    kBuiltin,    ///< Bool, Long or String
    kSet,
    kRecord,
  };
  Kind kind = Kind::kName;
  std::string name = {};
  std::shared_ptr<const TypeDraft> element = {};
  std::vector<AttributeDraft> attributes = {};
  std::string place = {};
};
using TypeDraftPtr = std::shared_ptr<const TypeDraft>;

struct NameDraft {
  std::string name;
  std::string place;
};

struct EntityTypeDraft {
  std::string name;
  std::vector<NameDraft> parents;
  std::vector<AttributeDraft> attributes;  ///< when `shape` is null
  TypeDraftPtr shape;                      ///< JSON may name a common type as the shape
  TypeDraftPtr tags;
  std::vector<std::string> choices;
  std::string place;
};

struct ActionParentDraft {
  std::string type;  ///< empty: `Action` of the same namespace
  std::string id;
  std::string place;
};

struct ActionDraft {
  std::string name;
  std::vector<ActionParentDraft> parents;
  std::vector<NameDraft> principals;
  std::vector<NameDraft> resources;
  TypeDraftPtr context;  ///< null: empty
  std::string place;
};

struct CommonTypeDraft {
  std::string name;
  TypeDraftPtr type;
  std::string place;
};

struct NamespaceDraft {
  std::string name;  ///< empty: none
  std::vector<CommonTypeDraft> common_types;
  std::vector<EntityTypeDraft> entity_types;
  std::vector<ActionDraft> actions;
  std::string place;
};

/// Resolves names and closes hierarchies. Errors: kInvalid `schema.invalid` with every problem.
Result<Schema> resolve_schema(const std::vector<NamespaceDraft>& namespaces, std::string_view name);

}  // namespace bailiwick::cedar
