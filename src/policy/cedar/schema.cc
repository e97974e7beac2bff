#include "policy/cedar/schema.h"

#include <fmt/format.h>

namespace bailiwick::cedar {
namespace {

bool same(const TypePtr& a, const TypePtr& b) {
  return a == b || (a && b && *a == *b);
}

std::string braces(const AttributeTypes& attributes) {
  std::string out = "{";
  for (const auto& [name, attribute] : attributes) {
    out += fmt::format("{}{}{}: {}", out.size() > 1 ? ", " : "", to_literal(name),
                       attribute.required ? "" : "?", to_string(*attribute.type));
  }
  return out + "}";
}

}  // namespace

bool operator==(const AttributeType& a, const AttributeType& b) {
  return a.required == b.required && same(a.type, b.type);
}

bool operator==(const Type& a, const Type& b) {
  return a.kind == b.kind && a.entity == b.entity && a.extension == b.extension &&
         a.attributes == b.attributes && same(a.element, b.element);
}

TypePtr Type::simple(Kind kind) {
  return std::make_shared<const Type>(Type{.kind = kind});
}
TypePtr Type::set(TypePtr element) {
  std::uint64_t size = 1 + element->size;
  return std::make_shared<const Type>(Type{.kind = Kind::kSet, .element = std::move(element), .size = size});
}
TypePtr Type::record(AttributeTypes attributes) {
  std::uint64_t size = 1;
  for (const auto& [name, attribute] : attributes) size += attribute.type ? attribute.type->size : 1;
  return std::make_shared<const Type>(
      Type{.kind = Kind::kRecord, .attributes = std::move(attributes), .size = size});
}
TypePtr Type::of_entity(std::string name) {
  return std::make_shared<const Type>(Type{.kind = Kind::kEntity, .entity = std::move(name)});
}
TypePtr Type::of_extension(ExtensionType type) {
  return std::make_shared<const Type>(Type{.kind = Kind::kExtension, .extension = type});
}

std::string to_string(const Type& type) {
  switch (type.kind) {
    case Type::Kind::kTrue:
      return "Bool (always true)";
    case Type::Kind::kFalse:
      return "Bool (always false)";
    case Type::Kind::kBool:
      return "Bool";
    case Type::Kind::kLong:
      return "Long";
    case Type::Kind::kString:
      return "String";
    case Type::Kind::kSet:
      return fmt::format("Set<{}>", type.element ? to_string(*type.element) : "…");
    case Type::Kind::kRecord:
      return braces(type.attributes);
    case Type::Kind::kEntity:
      return type.entity;
    case Type::Kind::kExtension:
      return std::string(type_name(type.extension));
  }
  return {};
}

const EntityTypeInfo* Schema::entity_type(std::string_view name) const {
  auto found = entity_types_.find(name);
  return found == entity_types_.end() ? nullptr : &found->second;
}

const ActionInfo* Schema::action(const EntityUid& uid) const {
  auto found = actions_.find(uid);
  return found == actions_.end() ? nullptr : &found->second;
}

bool Schema::may_be_in(std::string_view type, std::string_view container) const {
  if (type == container) return true;
  const EntityTypeInfo* info = entity_type(container);
  return info && info->descendants.contains(std::string(type));
}

}  // namespace bailiwick::cedar
