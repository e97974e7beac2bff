#include "policy/cedar/validator.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/typechecker.h"

namespace bailiwick::cedar {
namespace {

class PolicyValidator {
 public:
  PolicyValidator(const Policy& policy, const Schema& schema, ValidationBudget& budget)
      : policy_(policy), schema_(schema), budget_(budget), condition_(whole_expression(policy)) {}

  Validation validate() {
    check_names();
    check_application();
    check_types();
    return std::move(result_);
  }

 private:
  void report(Span span, std::string message) { add_finding(result_.errors, span, std::move(message)); }

  void check_names() { check_names(*condition_); }

  void check_names(const Expr& expr) {
    if (const auto* literal = std::get_if<Literal>(&expr.node)) {
      if (const auto* uid = std::get_if<EntityUid>(&literal->value)) check_entity(*uid, expr.span);
    } else if (const auto* is = std::get_if<IsType>(&expr.node)) {
      check_type(is->type, expr.span);
    }
    each_child(expr, [this](const Expr& child) { check_names(child); });
  }

  void check_type(const std::string& type, Span span) {
    if (is_action_type(type) || schema_.entity_type(type)) return;
    report(span, fmt::format("the schema has no entity type `{}`", excerpt(type)));
  }

  void check_entity(const EntityUid& uid, Span span) {
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
      std::vector<std::string> principals = those_in_scope(policy_.principal, action->principals);
      std::vector<std::string> resources = those_in_scope(policy_.resource, action->resources);
      for (const std::string& principal : principals) {
        for (const std::string& resource : resources) {
          for (const RequestEnvironment& environment : environments(*action, principal, resource)) {
            if (budget_.steps == 0) return report(policy_.span, std::string(kTooLarge));
            TypePtr type = Typechecker(schema_, environment, budget_, result_.errors).check(*condition_);
            can_apply = can_apply || !type || type->kind != Type::Kind::kFalse;
          }
        }
      }
    }
    if (!can_apply) result_.warnings.push_back({policy_.span, "this policy can never apply"});
  }

  std::vector<std::string> those_in_scope(const ScopeConstraint& constraint,
                                          const std::vector<std::string>& types) const {
    std::vector<std::string> found;
    std::ranges::copy_if(types, std::back_inserter(found),
                         [&](const std::string& type) { return in_scope(constraint, type); });
    return found;
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
  ValidationBudget& budget_;
  ExprPtr condition_;
  Validation result_;
};

}  // namespace

void add_finding(std::vector<Finding>& findings, Span span, std::string message) {
  if (findings.size() >= Source::kMaxProblems) return;
  Finding finding{span, std::move(message)};
  if (std::ranges::find(findings, finding) == findings.end()) findings.push_back(std::move(finding));
}

Validation validate(const Policy& policy, const Schema& schema, ValidationBudget& budget) {
  return PolicyValidator(policy, schema, budget).validate();
}

Validation validate(const Policy& policy, const Schema& schema) {
  ValidationBudget budget;
  return validate(policy, schema, budget);
}

}  // namespace bailiwick::cedar
