// Schema: which entities there are, what each has, and which action may be asked of whom on what.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/cedar/ast.h"
#include "policy/cedar/extension.h"

namespace bailiwick::cedar {

struct Type;
using TypePtr = std::shared_ptr<const Type>;

struct AttributeType {
  TypePtr type;
  bool required = true;

  friend bool operator==(const AttributeType& a, const AttributeType& b);
};
using AttributeTypes = std::map<std::string, AttributeType, std::less<>>;

struct Type {
  enum class Kind {
    kTrue,  ///< of an expression that can only be true
    kFalse,
    kBool,
    kLong,
    kString,
    kSet,
    kRecord,
    kEntity,
    kExtension,
  };
  Kind kind = Kind::kBool;
  TypePtr element = nullptr;       ///< of kSet
  AttributeTypes attributes = {};  ///< of kRecord
  std::string entity = {};         ///< of kEntity: the type's full name
  ExtensionType extension = {};    ///< of kExtension
  std::uint64_t size = 1;          ///< parts, each counted as often as it stands there

  static TypePtr simple(Kind kind);
  static TypePtr set(TypePtr element);
  static TypePtr record(AttributeTypes attributes);
  static TypePtr of_entity(std::string name);
  static TypePtr of_extension(ExtensionType type);

  bool is_boolean() const { return kind == Kind::kBool || kind == Kind::kTrue || kind == Kind::kFalse; }
  friend bool operator==(const Type& a, const Type& b);
};
/// As a schema writes it.
std::string to_string(const Type& type);

struct EntityTypeInfo {
  std::string name;
  std::set<std::string> parents;
  std::set<std::string> descendants;  ///< types whose entities may be below one of this type
  TypePtr shape;                      ///< a record: its attributes
  TypePtr tags;                       ///< null: no tags
  std::vector<std::string> choices;   ///< of an enumerated type: its only ids

  bool is_enumerated() const { return !choices.empty(); }
};

struct ActionInfo {
  EntityUid uid;
  std::size_t number = 0;  ///< in the order of declaration
  std::set<EntityUid> parents;
  std::set<EntityUid> descendants;
  std::vector<std::string> principals;  ///< entity types it may be asked for
  std::vector<std::string> resources;
  TypePtr context;  ///< a record
};

class Schema {
 public:
  /// Null when the schema has none of that name.
  const EntityTypeInfo* entity_type(std::string_view name) const;
  const ActionInfo* action(const EntityUid& uid) const;

  const std::map<std::string, EntityTypeInfo, std::less<>>& entity_types() const { return entity_types_; }
  const std::map<EntityUid, ActionInfo>& actions() const { return actions_; }
  /// The type itself and every type below it.
  bool may_be_in(std::string_view type, std::string_view container) const;

 private:
  friend class SchemaResolver;
  std::map<std::string, EntityTypeInfo, std::less<>> entity_types_;
  std::map<EntityUid, ActionInfo> actions_;
};

/// Reads `.cedarschema`. Errors: kInvalid `schema.syntax` or `schema.invalid`, each problem at its place.
Result<Schema> parse_schema(std::string_view text, std::string_view name);
/// Reads the JSON form. Errors: the same, places as JSON pointers behind `name#`.
Result<Schema> parse_schema_json(std::string_view text, std::string_view name);

}  // namespace bailiwick::cedar
