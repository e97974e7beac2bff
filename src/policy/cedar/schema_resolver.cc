#include <algorithm>
#include <array>
#include <unordered_map>

#include <fmt/format.h>

#include "policy/cedar/limits.h"
#include "policy/cedar/schema_draft.h"

namespace bailiwick::cedar {
namespace {

std::string qualified(std::string_view name_space, std::string_view name) {
  return name_space.empty() ? std::string(name) : fmt::format("{}::{}", name_space, name);
}

constexpr std::string_view kBuiltins = "__cedar::";

TypePtr builtin_type(std::string_view name) {
  if (name == "Bool" || name == "Boolean") return Type::simple(Type::Kind::kBool);
  if (name == "Long") return Type::simple(Type::Kind::kLong);
  if (name == "String") return Type::simple(Type::Kind::kString);
  return nullptr;
}

TypePtr extension_type(std::string_view name) {
  for (ExtensionType type :
       {ExtensionType::kDecimal, ExtensionType::kIp, ExtensionType::kDatetime, ExtensionType::kDuration}) {
    if (type_name(type) == name) return Type::of_extension(type);
  }
  return nullptr;
}

bool is_reserved_type_name(std::string_view name) {
  static constexpr std::array kNames = std::to_array<std::string_view>(
      {"Bool", "Boolean", "Entity", "Extension", "Long", "Record", "Set", "String"});
  return std::ranges::find(kNames, name) != kNames.end();
}

/// Adds the node to the descendants of everything above it. Returns how many those were.
template <class Map, class Key>
std::size_t close_descendants(Map& nodes, const Key& start) {
  std::vector<Key> open(nodes.at(start).parents.begin(), nodes.at(start).parents.end());
  std::set<Key> seen;
  while (!open.empty()) {
    Key parent = std::move(open.back());
    open.pop_back();
    auto found = nodes.find(parent);
    if (!seen.insert(parent).second || found == nodes.end()) continue;
    found->second.descendants.insert(start);
    open.insert(open.end(), found->second.parents.begin(), found->second.parents.end());
  }
  return seen.size();
}

}  // namespace

class SchemaResolver {
 public:
  explicit SchemaResolver(const std::vector<NamespaceDraft>& namespaces) : namespaces_(namespaces) {}

  Result<Schema> resolve(std::string_view name) {
    for (const NamespaceDraft& drafts : namespaces_) declare(drafts);
    for (const NamespaceDraft& drafts : namespaces_) check_shadowing(drafts);
    for (const NamespaceDraft& drafts : namespaces_) resolve_namespace(drafts);
    if (problems_.empty()) close_hierarchies();
    if (problems_.empty()) return std::move(schema_);
    Error error(ErrorCode::kInvalid, "schema.invalid", fmt::format("{} is not a valid schema", name));
    error.problems = std::move(problems_);
    return std::unexpected(std::move(error));
  }

 private:
  struct Common {
    const CommonTypeDraft* draft;
    std::string name_space;
    TypePtr resolved = nullptr;  // once done; null then, too, when it is faulty
    enum class State { kUntouched, kOpen, kDone } state = State::kUntouched;
  };

  void report(const std::string& place, std::string message) {
    if (problems_.size() < Source::kMaxProblems) problems_.push_back({place, std::move(message)});
  }

  void declare(const NamespaceDraft& drafts) {
    for (const CommonTypeDraft& draft : drafts.common_types) {
      if (is_reserved_type_name(draft.name))
        report(draft.place, fmt::format("`{}` is a built-in type", draft.name));
      std::string name = qualified(drafts.name, draft.name);
      if (!common_.try_emplace(name, Common{&draft, drafts.name}).second) report_twice(draft.place, name);
    }
    for (const EntityTypeDraft& draft : drafts.entity_types) {
      std::string name = qualified(drafts.name, draft.name);
      if (draft.name == "Action") report(draft.place, "`Action` is the type of actions");
      if (!schema_.entity_types_.try_emplace(name).second) report_twice(draft.place, name);
      if (common_.contains(name)) report_twice(draft.place, name);
    }
    for (const ActionDraft& draft : drafts.actions) {
      EntityUid uid{qualified(drafts.name, "Action"), draft.name};
      if (!schema_.actions_.try_emplace(uid, ActionInfo{.number = schema_.actions_.size()}).second)
        report_twice(draft.place, to_string(uid));
    }
  }

  void report_twice(const std::string& place, const std::string& name) {
    report(place, fmt::format("{} is declared twice", name));
  }

  /// A name of a namespace that hides one outside would make readers look up the wrong one.
  void check_shadowing(const NamespaceDraft& drafts) {
    if (drafts.name.empty()) return;
    auto hides = [&](const std::string& name) {
      return common_.contains(name) || schema_.entity_types_.contains(name);
    };
    auto check = [&](const std::string& name, const std::string& place) {
      if (hides(name))
        report(place, fmt::format("`{}` hides the type of this name outside of any namespace", name));
    };
    for (const CommonTypeDraft& draft : drafts.common_types) check(draft.name, draft.place);
    for (const EntityTypeDraft& draft : drafts.entity_types) check(draft.name, draft.place);
    for (const ActionDraft& draft : drafts.actions) {
      if (!schema_.actions_.contains(EntityUid{"Action", draft.name})) continue;
      report(draft.place, fmt::format("the action `{}` hides the one outside of any namespace", draft.name));
    }
  }

  void resolve_namespace(const NamespaceDraft& drafts) {
    for (const CommonTypeDraft& draft : drafts.common_types) {
      resolve_common(common_.at(qualified(drafts.name, draft.name)), 0);
    }
    for (const EntityTypeDraft& draft : drafts.entity_types) resolve_entity_type(draft, drafts.name);
    for (const ActionDraft& draft : drafts.actions) resolve_action(draft, drafts.name);
  }

  /// Null when it is reported.
  TypePtr resolve_common(Common& common, int depth) {
    if (common.state == Common::State::kDone) return common.resolved;
    if (common.state == Common::State::kOpen) {
      report(common.draft->place, fmt::format("the type `{}` contains itself", common.draft->name));
      return nullptr;
    }
    common.state = Common::State::kOpen;
    common.resolved =
        bounded(resolve_type(*common.draft->type, common.name_space, depth + 1), common.draft->place);
    common.state = Common::State::kDone;
    return common.resolved;
  }

  /// A few types that each hold the one before them twice have more parts than any memory.
  TypePtr bounded(TypePtr type, const std::string& place) {
    if (!type || type->size <= kMaxTypeSize) return type;
    report(place, fmt::format("the type has more than {} parts", kMaxTypeSize));
    return nullptr;
  }

  TypePtr resolve_type(const TypeDraft& draft, const std::string& name_space, int depth) {
    if (depth > kMaxDepth) return report(draft.place, "types nest too deep"), nullptr;
    switch (draft.kind) {
      case TypeDraft::Kind::kSet: {
        TypePtr element = resolve_type(*draft.element, name_space, depth + 1);
        return element ? Type::set(std::move(element)) : nullptr;
      }
      case TypeDraft::Kind::kRecord:
        return resolve_record(draft.attributes, name_space, depth);
      case TypeDraft::Kind::kBuiltin:
        return builtin_type(draft.name);
      case TypeDraft::Kind::kExtension: {
        TypePtr found = extension_type(draft.name);
        if (!found) report(draft.place, fmt::format("there is no extension type `{}`", draft.name));
        return found;
      }
      case TypeDraft::Kind::kEntity: {
        std::string name = resolve_entity_name({draft.name, draft.place}, name_space);
        return name.empty() ? nullptr : Type::of_entity(std::move(name));
      }
      case TypeDraft::Kind::kName:
        return resolve_name(draft, name_space, depth);
    }
    return nullptr;
  }

  TypePtr resolve_record(const std::vector<AttributeDraft>& drafts, const std::string& name_space,
                         int depth) {
    AttributeTypes attributes;
    bool whole = true;
    for (const AttributeDraft& draft : drafts) {
      TypePtr type = resolve_type(*draft.type, name_space, depth + 1);
      whole = whole && type;
      if (!attributes.try_emplace(draft.name, AttributeType{std::move(type), draft.required}).second) {
        report_twice(draft.place, fmt::format("the attribute `{}`", draft.name));
      }
    }
    return whole ? bounded(Type::record(std::move(attributes)), drafts.empty() ? "" : drafts.front().place)
                 : nullptr;
  }

  /// The names that an unqualified one may stand for, nearest first.
  static std::vector<std::string> candidates(const std::string& name, const std::string& name_space) {
    if (name_space.empty() || name.contains("::")) return {name};
    return {qualified(name_space, name), name};
  }

  TypePtr resolve_name(const TypeDraft& draft, const std::string& name_space, int depth) {
    for (const std::string& name : candidates(draft.name, name_space)) {
      if (auto found = common_.find(name); found != common_.end())
        return resolve_common(found->second, depth);
      if (schema_.entity_types_.contains(name)) return Type::of_entity(name);
    }
    std::string_view plain = draft.name;
    if (plain.starts_with(kBuiltins)) plain.remove_prefix(kBuiltins.size());
    TypePtr found = builtin_type(plain);
    if (!found) found = extension_type(plain);
    if (!found) report(draft.place, fmt::format("there is no type `{}`", draft.name));
    return found;
  }

  /// Empty when it is reported.
  std::string resolve_entity_name(const NameDraft& draft, const std::string& name_space) {
    for (std::string& name : candidates(draft.name, name_space)) {
      if (schema_.entity_types_.contains(name)) return std::move(name);
    }
    report(draft.place, fmt::format("there is no entity type `{}`", draft.name));
    return {};
  }

  void resolve_entity_type(const EntityTypeDraft& draft, const std::string& name_space) {
    EntityTypeInfo& info = schema_.entity_types_.at(qualified(name_space, draft.name));
    info.name = qualified(name_space, draft.name);
    for (const NameDraft& parent : draft.parents)
      info.parents.insert(resolve_entity_name(parent, name_space));
    TypePtr shape = draft.shape ? resolve_type(*draft.shape, name_space, 0)
                                : resolve_record(draft.attributes, name_space, 0);
    if (shape && shape->kind != Type::Kind::kRecord)
      report(draft.place, "an entity's attributes are a record");
    info.shape = std::move(shape);
    if (draft.tags) info.tags = resolve_type(*draft.tags, name_space, 0);
    info.choices = draft.choices;
  }

  void resolve_action(const ActionDraft& draft, const std::string& name_space) {
    EntityUid uid{qualified(name_space, "Action"), draft.name};
    ActionInfo& info = schema_.actions_.at(uid);
    info.uid = uid;
    for (const ActionParentDraft& parent : draft.parents) resolve_parent(info, parent, name_space);
    for (const NameDraft& name : draft.principals)
      info.principals.push_back(resolve_entity_name(name, name_space));
    for (const NameDraft& name : draft.resources)
      info.resources.push_back(resolve_entity_name(name, name_space));
    info.context = draft.context ? resolve_type(*draft.context, name_space, 0) : Type::record({});
    if (info.context && info.context->kind != Type::Kind::kRecord)
      report(draft.place, "a context is a record");
  }

  void resolve_parent(ActionInfo& info, const ActionParentDraft& parent, const std::string& name_space) {
    std::vector<std::string> types = parent.type.empty() ? std::vector{qualified(name_space, "Action")}
                                                         : candidates(parent.type, name_space);
    for (const std::string& type : types) {
      if (!schema_.actions_.contains(EntityUid{type, parent.id})) continue;
      info.parents.insert(EntityUid{type, parent.id});
      return;
    }
    report(parent.place,
           fmt::format("there is no action {}", to_string(EntityUid{types.front(), parent.id})));
  }

  void close_hierarchies() {
    std::size_t pairs = 0;
    for (auto& [name, info] : schema_.entity_types_) {
      if (pairs <= kMaxPairs) pairs += close_descendants(schema_.entity_types_, name);
    }
    for (auto& [uid, info] : schema_.actions_) {
      if (pairs <= kMaxPairs) pairs += close_descendants(schema_.actions_, uid);
    }
    if (pairs > kMaxPairs)
      report(namespaces_.front().place, "the hierarchies of types and actions are too large");
    for (const auto& [uid, info] : schema_.actions_) {
      if (info.descendants.contains(uid))
        report(place_of(uid), fmt::format("{} is its own ancestor", to_string(uid)));
    }
  }

  std::string place_of(const EntityUid& uid) const {
    for (const NamespaceDraft& drafts : namespaces_) {
      if (qualified(drafts.name, "Action") != uid.type) continue;
      auto found = std::ranges::find(drafts.actions, uid.id, &ActionDraft::name);
      if (found != drafts.actions.end()) return found->place;
    }
    return {};
  }

  static constexpr std::uint64_t kMaxTypeSize = 10'000;
  /// Of a type or action and one above it.
  static constexpr std::size_t kMaxPairs = 100'000;

  const std::vector<NamespaceDraft>& namespaces_;
  Schema schema_;
  std::unordered_map<std::string, Common> common_;
  std::vector<Problem> problems_;
};

Result<Schema> resolve_schema(const std::vector<NamespaceDraft>& namespaces, std::string_view name) {
  return SchemaResolver(namespaces).resolve(name);
}

}  // namespace bailiwick::cedar
