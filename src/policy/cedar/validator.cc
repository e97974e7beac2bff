#include "policy/cedar/validator.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/typechecker.h"

namespace bailiwick::cedar {
namespace {

/// Calls back with every entity and every type that an expression names.
class NameWalker {
 public:
  NameWalker(std::function<void(const EntityUid&, Span)> on_entity,
             std::function<void(const std::string&, Span)> on_type)
      : on_entity_(std::move(on_entity)), on_type_(std::move(on_type)) {}

  void walk(const Expr& expr) {
    std::visit(Overloaded{
                   [&](const Literal& literal) {
                     if (const auto* uid = std::get_if<EntityUid>(&literal.value))
                       on_entity_(*uid, expr.span);
                   },
                   [](Variable) {},
                   [](const SlotReference&) {},
                   [&](const Unary& unary) { walk(*unary.operand); },
                   [&](const Binary& binary) { walk_all({binary.left, binary.right}); },
                   [&](const Logic& logic) { walk_all(logic.operands); },
                   [&](const Conditional& node) { walk_all({node.test, node.then, node.otherwise}); },
                   [&](const GetAttribute& get) { walk(*get.object); },
                   [&](const HasAttribute& has) { walk(*has.object); },
                   [&](const Like& like) { walk(*like.subject); },
                   [&](const IsType& is) {
                     on_type_(is.type, expr.span);
                     walk(*is.subject);
                     if (is.container) walk(*is.container);
                   },
                   [&](const SetLiteral& set) { walk_all(set.elements); },
                   [&](const RecordLiteral& record) {
                     for (const auto& [key, value] : record.fields) walk(*value);
                   },
                   [&](const Call& call) { walk_all(call.arguments); },
               },
               expr.node);
  }

 private:
  void walk_all(const std::vector<ExprPtr>& expressions) {
    for (const ExprPtr& expression : expressions) walk(*expression);
  }

  std::function<void(const EntityUid&, Span)> on_entity_;
  std::function<void(const std::string&, Span)> on_type_;
};

class PolicyValidator {
 public:
  PolicyValidator(const Policy& policy, const Schema& schema)
      : policy_(policy), schema_(schema), condition_(whole_expression(policy)) {}

  Validation validate() {
    check_names();
    check_application();
    check_types();
    return std::move(result_);
  }

 private:
  void report(Span span, std::string message) {
    Finding finding{span, std::move(message)};
    if (std::ranges::find(result_.errors, finding) == result_.errors.end()) {
      result_.errors.push_back(std::move(finding));
    }
  }

  void check_names() {
    auto check_type = [this](const std::string& type, Span span) {
      if (is_action_type(type) || schema_.entity_type(type)) return;
      report(span, fmt::format("the schema has no entity type `{}`", excerpt(type)));
    };
    auto check_entity = [&, this](const EntityUid& uid, Span span) {
      if (is_action_type(uid.type)) {
        if (!schema_.action(uid))
          report(span, fmt::format("the schema has no action {}", excerpt(to_string(uid))));
        return;
      }
      check_type(uid.type, span);
      const EntityTypeInfo* info = schema_.entity_type(uid.type);
      if (info && info->is_enumerated() && std::ranges::find(info->choices, uid.id) == info->choices.end()) {
        report(span, fmt::format("{} is none of the entities of its type", excerpt(to_string(uid))));
      }
    };
    NameWalker(check_entity, check_type).walk(*condition_);
  }

  std::vector<const ActionInfo*> actions_in_scope() const {
    using Kind = ActionConstraint::Kind;
    std::vector<const ActionInfo*> found;
    for (const auto& [uid, info] : schema_.actions()) {
      bool in_scope =
          policy_.action.kind == Kind::kAny ||
          std::ranges::any_of(policy_.action.entities, [&](const EntityUid& wanted) {
            if (wanted == uid) return true;
            const ActionInfo* group = schema_.action(wanted);
            return policy_.action.kind != Kind::kEqual && group && group->descendants.contains(uid);
          });
      if (in_scope) found.push_back(&info);
    }
    return found;
  }

  bool in_scope(const ScopeConstraint& constraint, const std::string& type) const {
    using Kind = ScopeConstraint::Kind;
    if (constraint.kind == Kind::kAny) return true;
    if (constraint.kind == Kind::kIs || constraint.kind == Kind::kIsIn) {
      if (type != constraint.type) return false;
    }
    if (constraint.kind == Kind::kIs || constraint.has_slot()) return true;
    const EntityUid& uid = std::get<EntityUid>(constraint.entity);
    return constraint.kind == Kind::kEqual ? type == uid.type : schema_.may_be_in(type, uid.type);
  }

  /// Some action must be for a principal and a resource that the scope lets through.
  void check_application() {
    bool applies = std::ranges::any_of(actions_in_scope(), [this](const ActionInfo* action) {
      auto fits = [this](const ScopeConstraint& constraint) {
        return [this, &constraint](const std::string& type) { return in_scope(constraint, type); };
      };
      return std::ranges::any_of(action->principals, fits(policy_.principal)) &&
             std::ranges::any_of(action->resources, fits(policy_.resource));
    });
    if (!applies) report(policy_.span, "no action of the schema is for such a principal and such a resource");
  }

  void check_types() {
    bool can_apply = false;
    for (const ActionInfo* action : actions_in_scope()) {
      for (const std::string& principal : action->principals) {
        if (!in_scope(policy_.principal, principal)) continue;
        for (const std::string& resource : action->resources) {
          if (!in_scope(policy_.resource, resource)) continue;
          for (const RequestEnvironment& environment : environments(*action, principal, resource)) {
            TypePtr type = Typechecker(schema_, environment, result_.errors).check(*condition_);
            can_apply = can_apply || !type || type->kind != Type::Kind::kFalse;
          }
        }
      }
    }
    if (!can_apply) result_.warnings.push_back({policy_.span, "this policy can never apply"});
  }

  std::vector<RequestEnvironment> environments(const ActionInfo& action, const std::string& principal,
                                               const std::string& resource) const {
    std::vector<RequestEnvironment> all;
    for (const std::string& principal_slot : slot_types(policy_.principal, principal)) {
      for (const std::string& resource_slot : slot_types(policy_.resource, resource)) {
        all.push_back({&action, principal, resource, principal_slot, resource_slot});
      }
    }
    return all;
  }

  /// The types of what may fill the slot for a principal or resource of this type.
  std::vector<std::string> slot_types(const ScopeConstraint& constraint, const std::string& type) const {
    if (!constraint.has_slot() || constraint.kind == ScopeConstraint::Kind::kEqual) return {type};
    std::vector<std::string> types{type};
    for (const auto& [name, info] : schema_.entity_types()) {
      if (name != type && info.descendants.contains(type)) types.push_back(name);
    }
    return types;
  }

  const Policy& policy_;
  const Schema& schema_;
  ExprPtr condition_;
  Validation result_;
};

}  // namespace

Validation validate(const Policy& policy, const Schema& schema) {
  return PolicyValidator(policy, schema).validate();
}

}  // namespace bailiwick::cedar
