// Reads the JSON form of a schema.
#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/json_reader.h"
#include "policy/cedar/lexer.h"
#include "policy/cedar/limits.h"
#include "policy/cedar/schema_draft.h"

namespace bailiwick::cedar {
namespace {

class SchemaJsonReader {
 public:
  explicit SchemaJsonReader(std::string root) : reader_(std::move(root)) {}

  std::vector<NamespaceDraft> read(const json::object& root) {
    std::vector<NamespaceDraft> namespaces;
    for (const auto& [name, value] : root) {
      reader_.inside(name, [&] {
        if (!name.empty()) check_name(name);
        if (const json::object* object = reader_.object(value)) {
          namespaces.push_back(read_namespace(std::string(name), *object));
        }
        return 0;
      });
    }
    return namespaces;
  }
  JsonReader& reader() { return reader_; }

 private:
  void check_name(std::string_view name) {
    constexpr std::string_view kBuiltins = "__cedar::";
    if (name.starts_with(kBuiltins)) name.remove_prefix(kBuiltins.size());
    if (!is_name(name)) reader_.refuse(fmt::format("`{}` is no name", excerpt(name)));
  }

  /// Calls back with each member of an object that may be missing.
  template <class Function>
  void each(const json::object& parent, std::string_view key, Function function) {
    const json::value* value = parent.if_contains(key);
    if (!value) return;
    reader_.inside(key, [&] {
      const json::object* object = reader_.object(*value);
      if (!object) return 0;
      for (const auto& member : *object) {
        reader_.inside(member.key(), [&] { return function(std::string(member.key()), member.value()), 0; });
      }
      return 0;
    });
  }

  NamespaceDraft read_namespace(std::string name, const json::object& object) {
    NamespaceDraft drafts;
    drafts.name = std::move(name);
    drafts.place = reader_.place();
    reader_.only(object, {"commonTypes", "entityTypes", "actions", "annotations"});
    each(object, "commonTypes", [&](std::string type, const json::value& value) {
      check_name(type);
      if (TypeDraftPtr draft = read_type(value, 0)) {
        drafts.common_types.push_back({std::move(type), std::move(draft), reader_.place()});
      }
    });
    each(object, "entityTypes", [&](std::string type, const json::value& value) {
      check_name(type);
      drafts.entity_types.push_back(read_entity_type(std::move(type), value));
    });
    each(object, "actions", [&](std::string action, const json::value& value) {
      drafts.actions.push_back(read_action(std::move(action), value));
    });
    return drafts;
  }

  EntityTypeDraft read_entity_type(std::string name, const json::value& value) {
    EntityTypeDraft draft;
    draft.name = std::move(name);
    draft.place = reader_.place();
    const json::object* object = reader_.object(value);
    if (!object) return draft;
    reader_.only(*object, {"memberOfTypes", "shape", "tags", "enum", "annotations"});
    draft.parents = read_names(*object, "memberOfTypes");
    draft.shape = read_type_at(*object, "shape");
    draft.tags = read_type_at(*object, "tags");
    for (const NameDraft& choice : read_names(*object, "enum")) draft.choices.push_back(choice.name);
    bool enumerated = object->contains("enum");
    if (enumerated && draft.choices.empty()) reader_.refuse("an enumerated type has at least one id");
    if (enumerated && (draft.shape || draft.tags || !draft.parents.empty())) {
      reader_.refuse("an enumerated type has ids and nothing else");
    }
    return draft;
  }

  std::vector<NameDraft> read_names(const json::object& object, std::string_view key) {
    std::vector<NameDraft> names;
    const json::value* value = object.if_contains(key);
    if (!value) return names;
    reader_.inside(key, [&] {
      const json::array* array = reader_.array(*value);
      for (std::size_t i = 0; array && i < array->size(); ++i) {
        reader_.inside(i, [&] {
          if (auto name = reader_.string((*array)[i])) names.push_back({std::move(*name), reader_.place()});
          return 0;
        });
      }
      return 0;
    });
    return names;
  }

  ActionDraft read_action(std::string name, const json::value& value) {
    ActionDraft draft;
    draft.name = std::move(name);
    draft.place = reader_.place();
    const json::object* object = reader_.object(value);
    if (!object) return draft;
    reader_.only(*object, {"memberOf", "appliesTo", "attributes", "annotations"});
    if (const json::value* parents = object->if_contains("memberOf"); parents && !parents->is_null()) {
      reader_.inside("memberOf", [&] { return read_parents(*parents, draft), 0; });
    }
    if (const json::value* applies = object->if_contains("appliesTo"); applies && !applies->is_null()) {
      reader_.inside("appliesTo", [&] { return read_applies_to(*applies, draft), 0; });
    }
    return draft;
  }

  void read_parents(const json::value& value, ActionDraft& draft) {
    const json::array* array = reader_.array(value);
    for (std::size_t i = 0; array && i < array->size(); ++i) {
      reader_.inside(i, [&] {
        const json::object* object = reader_.object((*array)[i]);
        const json::value* id = object ? reader_.required(*object, "id") : nullptr;
        auto name = id ? reader_.string(*id) : std::nullopt;
        if (!name) return 0;
        reader_.only(*object, {"id", "type"});
        const json::value* type = object->if_contains("type");
        std::string type_name = type ? reader_.string(*type).value_or("") : "";
        draft.parents.push_back({std::move(type_name), std::move(*name), reader_.place()});
        return 0;
      });
    }
  }

  void read_applies_to(const json::value& value, ActionDraft& draft) {
    const json::object* object = reader_.object(value);
    if (!object) return;
    reader_.only(*object, {"principalTypes", "resourceTypes", "context"});
    reader_.required(*object, "principalTypes");
    reader_.required(*object, "resourceTypes");
    draft.principals = read_names(*object, "principalTypes");
    draft.resources = read_names(*object, "resourceTypes");
    draft.context = read_type_at(*object, "context");
  }

  TypeDraftPtr read_type_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (!value) return nullptr;
    return reader_.inside(key, [&] { return read_type(*value, 0); });
  }

  /// Null and noted when it is no type.
  TypeDraftPtr read_type(const json::value& value, int depth) {
    const json::object* object = reader_.object(value);
    const json::value* kind_value = object ? reader_.required(*object, "type") : nullptr;
    auto kind = kind_value ? reader_.string(*kind_value) : std::nullopt;
    if (!kind) return nullptr;
    if (depth > kMaxDepth) return reader_.refuse("types nest too deep"), nullptr;
    TypeDraft draft;
    draft.place = reader_.place();
    if (*kind == "Set") {
      draft.kind = TypeDraft::Kind::kSet;
      const json::value* element = reader_.required(*object, "element");
      if (element) draft.element = reader_.inside("element", [&] { return read_type(*element, depth + 1); });
      if (!draft.element) return nullptr;
    } else if (*kind == "Record") {
      draft.kind = TypeDraft::Kind::kRecord;
      draft.attributes = read_attributes(*object, depth);
    } else if (*kind == "String" || *kind == "Long" || *kind == "Boolean" || *kind == "Bool") {
      draft.kind = TypeDraft::Kind::kBuiltin;
      draft.name = *kind;
    } else if (*kind == "Entity" || *kind == "Extension" || *kind == "EntityOrCommon") {
      draft.kind = *kind == "Entity"      ? TypeDraft::Kind::kEntity
                   : *kind == "Extension" ? TypeDraft::Kind::kExtension
                                          : TypeDraft::Kind::kName;
      const json::value* name = reader_.required(*object, "name");
      draft.name = name ? reader_.string(*name).value_or("") : "";
    } else {
      draft.name = *kind;
    }
    bool named = draft.kind == TypeDraft::Kind::kName || draft.kind == TypeDraft::Kind::kEntity;
    if (named) check_name(draft.name);
    return std::make_shared<const TypeDraft>(std::move(draft));
  }

  std::vector<AttributeDraft> read_attributes(const json::object& object, int depth) {
    std::vector<AttributeDraft> attributes;
    reader_.required(object, "attributes");
    const json::value* open = object.if_contains("additionalAttributes");
    if (open && open->is_bool() && open->get_bool())
      reader_.refuse("records are closed: list every attribute");
    each(object, "attributes", [&](std::string name, const json::value& value) {
      const json::object* attribute = value.if_object();
      const json::value* required = attribute ? attribute->if_contains("required") : nullptr;
      TypeDraftPtr type = read_type(value, depth + 1);
      if (required && !required->is_bool()) reader_.refuse("`required` is true or false");
      bool needed = !required || !required->is_bool() || required->get_bool();
      if (type) attributes.push_back({std::move(name), std::move(type), needed, reader_.place()});
    });
    return attributes;
  }

  JsonReader reader_;
};

}  // namespace

Result<Schema> parse_schema_json(std::string_view text, std::string_view name) {
  if (text.size() > kMaxTextBytes) {
    return fail(ErrorCode::kTooLarge, "schema.size",
                fmt::format("{} has {} bytes; at most {} are read", name, text.size(), kMaxTextBytes));
  }
  TRY(json::object root, parse_json_object(text));
  SchemaJsonReader schema(fmt::format("{}#", name));
  std::vector<NamespaceDraft> drafts = schema.read(root);
  if (schema.reader().failed()) {
    return schema.reader().failure("schema.syntax", fmt::format("{} is not a valid schema", name));
  }
  return resolve_schema(drafts, name);
}

}  // namespace bailiwick::cedar
