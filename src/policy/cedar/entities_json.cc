#include "policy/cedar/entities_json.h"

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/conformance.h"
#include "policy/cedar/est_expression.h"
#include "policy/cedar/functions.h"

namespace bailiwick::cedar {
namespace {

/// Reads values; notes every fault with its pointer.
class ValueReader : public JsonReader {
 public:
  ValueReader(Arena& arena, std::string root, EntityNames* names = nullptr)
      : JsonReader(std::move(root)), arena_(arena), names_(names) {}

  /// An error value when a fault was noted.
  Value read(const json::value& value, const Type* expected) {
    switch (value.kind()) {
      case json::kind::bool_:
        return Value::boolean(value.get_bool());
      case json::kind::int64:
        return Value::integer(value.get_int64());
      case json::kind::string:
        return read_string(value.get_string(), expected);
      case json::kind::array:
        return read_set(value.get_array(), expected);
      case json::kind::object:
        return read_object(value.get_object(), expected);
      case json::kind::uint64:
        return refuse("numbers reach to 9223372036854775807");
      case json::kind::double_:
        return refuse(
            "a number with a fraction is written {\"__extn\": {\"fn\": \"decimal\", \"arg\": \"1.5\"}}");
      case json::kind::null:
        return refuse("there is no null: leave the attribute out");
    }
    return {};
  }

  std::optional<Uid> read_uid(const json::value& value) {
    auto uid = read_entity_json(*this, value);
    if (!uid) return std::nullopt;
    return keep(*uid);
  }

  Uid keep(const EntityUid& uid) {
    if (names_) return names_->name(names_->intern(uid.type, uid.id));
    return Uid(arena_.copy(uid.type), arena_.copy(uid.id));
  }

  const RecordData* read_record(const json::object& object, const Type* expected) {
    std::span<Field> fields = arena_.make_array<Field>(object.size());
    std::size_t count = 0;
    bool whole = true;
    for (const auto& [key, value] : object) {
      const Type* type = attribute_type(expected, key);
      Value read_value = inside(key, [&] { return read(value, type); });
      whole = whole && !read_value.is_error();
      fields[count++] = {arena_.copy(key), read_value};
    }
    return whole ? make_record(arena_, fields) : nullptr;
  }

 private:
  Value refuse(std::string message) { return JsonReader::refuse(std::move(message)), Value(); }

  static const Type* attribute_type(const Type* expected, std::string_view key) {
    if (!expected || expected->kind != Type::Kind::kRecord) return nullptr;
    auto found = expected->attributes.find(key);
    return found == expected->attributes.end() ? nullptr : found->second.type.get();
  }

  Value read_string(std::string_view text, const Type* expected) {
    Value value = Value::string(arena_.copy(text));
    if (!expected || expected->kind != Type::Kind::kExtension) return value;
    return construct(
        extension_function(expected->extension == ExtensionType::kIp ? "ip" : type_name(expected->extension)),
        {&value, 1});
  }

  Value construct(const ExtensionInfo* info, std::span<const Value> arguments) {
    CallResult result = call(info->function, arguments, arena_);
    if (result.fault == CallFault::kNone) return result.value;
    return refuse(fmt::format("`{}` cannot read this argument", info->name));
  }

  Value read_set(const json::array& array, const Type* expected) {
    const Type* element = expected && expected->kind == Type::Kind::kSet ? expected->element.get() : nullptr;
    std::span<Value> elements = arena_.make_array<Value>(array.size());
    bool whole = true;
    for (std::size_t i = 0; i < array.size(); ++i) {
      elements[i] = inside(i, [&] { return read(array[i], element); });
      whole = whole && !elements[i].is_error();
    }
    return whole ? Value::set(make_set(arena_, elements)) : Value();
  }

  Value read_object(const json::object& object, const Type* expected) {
    bool entity_expected = expected && expected->kind == Type::Kind::kEntity;
    if (entity_expected || (object.size() == 1 && object.contains("__entity"))) {
      auto uid = read_uid(object);
      return uid ? Value::entity(arena_.make(*uid)) : Value();
    }
    if (object.size() == 1 && object.contains("__extn")) {
      return inside("__extn", [&] { return read_extension(object.at("__extn")); });
    }
    if (expected && expected->kind == Type::Kind::kExtension) return read_extension(object);
    const RecordData* record = read_record(object, expected);
    return record ? Value::record(record) : Value();
  }

  Value read_extension(const json::value& value) {
    const json::object* object = value.if_object();
    const json::value* name = object ? object->if_contains("fn") : nullptr;
    const json::value* one = object ? object->if_contains("arg") : nullptr;
    const json::value* many = object ? object->if_contains("args") : nullptr;
    bool formed = name && name->is_string() && object->size() == 2 && (one || (many && many->is_array()));
    const ExtensionInfo* info = formed ? extension_function(name->get_string()) : nullptr;
    if (!info)
      return refuse("expected {\"fn\": NAME, \"arg\": VALUE} with the name of an extension function");
    std::vector<Value> arguments;
    if (one) arguments.push_back(inside("arg", [&] { return read(*one, nullptr); }));
    for (std::size_t i = 0; many && i < many->get_array().size(); ++i) {
      arguments.push_back(inside(i, [&] { return read(many->get_array()[i], nullptr); }));
    }
    for (const Value& argument : arguments) {
      if (argument.is_error()) return argument;
    }
    return construct(info, arguments);
  }

  Arena& arena_;
  EntityNames* names_;
};

class EntitiesReader {
 public:
  EntitiesReader(std::string_view name, const Schema* schema, EntityNamesPtr names)
      : schema_(schema),
        builder_(std::move(names)),
        values_(builder_.arena(), fmt::format("{}#", name), &builder_.names()) {}

  Status read(const json::array& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      CHECK_OK(values_.inside(i, [&] { return read_entity(items[i]); }));
    }
    return schema_ ? add_actions() : Status();
  }
  JsonReader& reader() { return values_; }
  Result<Entities> build() { return builder_.build(); }

 private:
  Status read_entity(const json::value& item) {
    const json::object* object = item.if_object();
    const json::value* uid_value = object ? object->if_contains("uid") : nullptr;
    if (!uid_value) return values_.JsonReader::refuse("expected an entity with a `uid`"), Status();
    auto uid = values_.inside("uid", [&] { return values_.read_uid(*uid_value); });
    if (!uid) return {};
    values_.only(*object, {"uid", "attrs", "parents", "tags"});
    const EntityTypeInfo* info = schema_ ? schema_->entity_type(uid->type) : nullptr;
    const Type* shape = info ? info->shape.get() : nullptr;
    const RecordData* attributes = read_part(
        *object, "attrs", [&](const json::object& part) { return values_.read_record(part, shape); });
    const RecordData* tags = read_part(*object, "tags", [&](const json::object& part) {
      return read_tags(part, info ? info->tags.get() : nullptr);
    });
    bool action_of_schema = schema_ && schema_->action(uid->to_entity_uid());
    std::vector<Uid> parents = read_parents(*object);
    if (action_of_schema) return {};  // the schema says it all
    return builder_.add(*uid, attributes, tags, std::move(parents));
  }

  template <class Read>
  const RecordData* read_part(const json::object& object, std::string_view key, Read read) {
    const json::value* value = object.if_contains(key);
    if (!value) return nullptr;
    return values_.inside(key, [&]() -> const RecordData* {
      const json::object* part = values_.object(*value);
      return part ? read(*part) : nullptr;
    });
  }

  /// All tags of an entity have one type.
  const RecordData* read_tags(const json::object& object, const Type* type) {
    if (!type) return values_.read_record(object, nullptr);
    AttributeTypes each;
    for (const auto& [key, value] : object) {
      each.emplace(std::string(key), AttributeType{std::make_shared<const Type>(*type)});
    }
    TypePtr record = Type::record(std::move(each));
    return values_.read_record(object, record.get());
  }

  std::vector<Uid> read_parents(const json::object& object) {
    std::vector<Uid> parents;
    const json::value* value = object.if_contains("parents");
    if (!value) return parents;
    values_.inside("parents", [&] {
      const json::array* array = values_.array(*value);
      for (std::size_t i = 0; array && i < array->size(); ++i) {
        auto uid = values_.inside(i, [&] { return values_.read_uid((*array)[i]); });
        if (uid) parents.push_back(*uid);
      }
      return 0;
    });
    return parents;
  }

  Status add_actions() {
    for (const auto& [uid, info] : schema_->actions()) {
      std::vector<Uid> parents;
      for (const EntityUid& parent : info.parents) parents.push_back(values_.keep(parent));
      CHECK_OK(builder_.add(values_.keep(uid), nullptr, nullptr, std::move(parents)));
    }
    return {};
  }

  const Schema* schema_;
  EntitiesBuilder builder_;
  ValueReader values_;
};

}  // namespace

Result<Entities> parse_entities(const json::value& value, std::string_view name, const Schema* schema,
                                EntityNamesPtr names) {
  EntitiesReader entities(name, schema, std::move(names));
  if (const json::array* array = entities.reader().array(value)) CHECK_OK(entities.read(*array));
  if (!entities.reader().failed()) return entities.build();
  return entities.reader().failure("entities.invalid", fmt::format("{} is no list of valid entities", name));
}

Result<const RecordData*> parse_context(const json::value& value, const Type* type, Arena& arena) {
  ValueReader reader(arena, "");
  const json::object* object = reader.object(value);
  const RecordData* record = object ? reader.read_record(*object, type) : nullptr;
  if (record) return record;
  return reader.failure("context.invalid", "the context is not valid");
}

Result<const RecordData*> parse_known(const json::object& object, const Type& shape, const Schema& schema,
                                      std::string_view pointer, Arena& arena) {
  ValueReader reader(arena, std::string(pointer));
  std::span<Field> fields = arena.make_array<Field>(std::min(object.size(), shape.attributes.size()));
  std::size_t count = 0;
  for (const auto& [name, attribute] : shape.attributes) {
    const json::value* given = object.if_contains(name);
    if (!given) continue;
    Value value = reader.inside(name, [&] {
      Value read = reader.read(*given, attribute.type.get());
      if (std::string fault = read.is_error() ? "" : mismatch(read, *attribute.type, schema); !fault.empty())
        reader.JsonReader::refuse(std::move(fault));
      return read;
    });
    fields[count++] = {arena.copy(name), value};
  }
  if (!reader.failed()) return make_record(arena, fields.first(count));
  return reader.failure("attributes.invalid", "what is given is not as the schema says");
}

}  // namespace bailiwick::cedar
