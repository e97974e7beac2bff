#include "policy/cedar/conformance.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/source.h"

namespace bailiwick::cedar {
namespace {

constexpr ValueKind kind_of(const Type& type) {
  switch (type.kind) {
    case Type::Kind::kTrue:
    case Type::Kind::kFalse:
    case Type::Kind::kBool:
      return ValueKind::kBool;
    case Type::Kind::kLong:
      return ValueKind::kLong;
    case Type::Kind::kString:
      return ValueKind::kString;
    case Type::Kind::kSet:
      return ValueKind::kSet;
    case Type::Kind::kRecord:
      return ValueKind::kRecord;
    case Type::Kind::kEntity:
      return ValueKind::kEntity;
    case Type::Kind::kExtension:
      break;
  }
  switch (type.extension) {
    case ExtensionType::kDecimal:
      return ValueKind::kDecimal;
    case ExtensionType::kIp:
      return ValueKind::kIp;
    case ExtensionType::kDatetime:
      return ValueKind::kDatetime;
    case ExtensionType::kDuration:
      return ValueKind::kDuration;
    default:
      return ValueKind::kError;
  }
}

std::string within(std::string_view name, std::string fault) {
  return fault.empty() ? fault : fmt::format("in `{}`: {}", excerpt(name), fault);
}

/// Of what is there and what must be.
std::string mismatch_of_fields(const RecordData& record, const AttributeTypes& attributes,
                               const Schema& schema) {
  for (const Field& field : record.fields) {
    auto declared = attributes.find(field.name);
    if (declared == attributes.end())
      return fmt::format("the schema has no attribute `{}` here", excerpt(field.name));
    if (std::string fault = mismatch(field.value, *declared->second.type, schema); !fault.empty())
      return within(field.name, std::move(fault));
  }
  for (const auto& [name, attribute] : attributes) {
    if (attribute.required && !record.find(name)) return fmt::format("`{}` is missing", excerpt(name));
  }
  return {};
}

class EntityCheck {
 public:
  EntityCheck(const Schema& schema, std::string_view name) : schema_(schema), name_(name) {}

  void check(const Entity& entity) {
    if (is_action_type(entity.uid.type)) return;
    const EntityTypeInfo* info = schema_.entity_type(entity.uid.type);
    if (!info) return report(entity, "the schema has no such entity type");
    if (!may_exist(entity.uid, schema_)) report(entity, "this is none of the entities of its type");
    static constexpr RecordData kNothing{};
    report(entity, mismatch_of_fields(entity.attributes ? *entity.attributes : kNothing,
                                      info->shape->attributes, schema_));
    if (entity.tags) check_tags(entity, *info);
    for (const Uid& ancestor : entity.ancestors) {
      const EntityTypeInfo* above = schema_.entity_type(ancestor.type);
      if (above && above->descendants.contains(std::string(entity.uid.type))) continue;
      report(entity, fmt::format("the schema does not let it be in {}",
                                 excerpt(to_string(ancestor.to_entity_uid()))));
    }
  }
  std::vector<Problem> take() { return std::move(problems_); }

 private:
  void check_tags(const Entity& entity, const EntityTypeInfo& info) {
    for (const Field& tag : entity.tags->fields) {
      if (!info.tags) return report(entity, "entities of its type have no tags");
      report(entity, within(tag.name, mismatch(tag.value, *info.tags, schema_)));
    }
  }

  void report(const Entity& entity, std::string fault) {
    if (fault.empty() || problems_.size() >= Source::kMaxProblems) return;
    problems_.push_back(
        {fmt::format("{}#{}", name_, excerpt(to_string(entity.uid.to_entity_uid()))), std::move(fault)});
  }

  const Schema& schema_;
  std::string_view name_;
  std::vector<Problem> problems_;
};

}  // namespace

bool may_exist(const Uid& uid, const Schema& schema) {
  const EntityTypeInfo* info = schema.entity_type(uid.type);
  return !info || !info->is_enumerated() || std::ranges::find(info->choices, uid.id) != info->choices.end();
}

std::string mismatch(const Value& value, const Type& type, const Schema& schema) {
  if (value.kind() != kind_of(type)) return fmt::format("expected {}", excerpt(to_string(type)));
  switch (type.kind) {
    case Type::Kind::kSet:
      for (const Value& element : value.as_set().elements) {
        if (std::string fault = mismatch(element, *type.element, schema); !fault.empty()) return fault;
      }
      return {};
    case Type::Kind::kRecord:
      return mismatch_of_fields(value.as_record(), type.attributes, schema);
    case Type::Kind::kEntity:
      if (value.as_entity().type != type.entity) return fmt::format("expected an entity of {}", type.entity);
      return may_exist(value.as_entity(), schema) ? "" : fmt::format("{} has no such entity", type.entity);
    default:
      return {};
  }
}

std::vector<Problem> nonconforming(const Entities& entities, const Schema& schema, std::string_view name) {
  EntityCheck check(schema, name);
  for (const Entity& entity : entities.all()) check.check(entity);
  return check.take();
}

}  // namespace bailiwick::cedar
