#include "snapshot/evaluation_rules.h"

#include <fmt/format.h>

#include "policy/cedar/extension_values.h"
#include "policy/operations.h"
#include "snapshot/cedar_tree.h"

namespace bailiwick::snapshot {
namespace {

using namespace tree;  // NOLINT(google-build-using-namespace)
using cedar::BinaryOp;
using cedar::EntityUid;
using cedar::ExprPtr;
using cedar::LogicOp;

constexpr std::string_view kFile = "policies/evaluation.yaml";

using BoundsByScore = std::map<std::string, ScoreBounds>;

/// What a program or the tenant itself holds its scores to.
const BoundsByScore& held_to(const EvaluationPolicy& policy) {
  static const BoundsByScore kNothing;
  return policy.enabled ? policy.thresholds.by_score : kNothing;
}

bool has_same(const BoundsByScore& all, const std::string& score, const ScoreBounds& bounds) {
  auto found = all.find(score);
  return found != all.end() && found->second == bounds;
}

std::string file_of(std::string_view program) {
  return program.empty() ? std::string(kFile) : fmt::format("programs/{}/{}", program, kFile);
}

EntityUid program_uid(std::string_view program) {
  return {"Bailiwick::Program", std::string(program)};
}

/// As people write it: `1` and not `1.0`.
std::string number_of(Bound bound) {
  std::string text = cedar::decimal_to_string(bound.ten_thousandths);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string must_be(const ScoreBounds& bounds) {
  if (!bounds.max) return fmt::format("at least {}", number_of(*bounds.min));
  if (!bounds.min) return fmt::format("at most {}", number_of(*bounds.max));
  return fmt::format("from {} to {}", number_of(*bounds.min), number_of(*bounds.max));
}

/// `context.value.floor.lessThan(decimal("0.85"))`
ExprPtr compared(std::string_view side, std::string_view how, Bound bound) {
  ExprPtr decimal = leaf(cedar::Call{"decimal", {text(cedar::decimal_to_string(bound.ten_thousandths))}});
  return leaf(cedar::Call{std::string(how), {attribute(fact("value"), side), std::move(decimal)}});
}

ExprPtr is_missed(const std::string& score, const ScoreBounds& bounds) {
  std::vector<ExprPtr> missed;
  if (bounds.min) missed.push_back(compared("floor", "lessThan", *bounds.min));
  if (bounds.max) missed.push_back(compared("ceiling", "greaterThan", *bounds.max));
  return join(LogicOp::kAnd,
              {fact_known("score"), fact_known("value"),
               compare(BinaryOp::kEqual, fact("score"), text(score)), join(LogicOp::kOr, std::move(missed))});
}

ExprPtr is_in(const std::vector<std::string_view>& programs) {
  std::vector<ExprPtr> within;
  for (std::string_view program : programs)
    within.push_back(
        compare(BinaryOp::kIn, leaf(cedar::Variable::kResource), leaf(cedar::Literal{program_uid(program)})));
  return join(LogicOp::kOr, std::move(within));
}

class EvaluationRules {
 public:
  EvaluationRules(const BundleFiles& files, const std::map<std::string, Node>& documents,
                  std::string_view place)
      : files_(files), documents_(documents), place_(place) {}

  std::vector<policy::BuiltRule> make() {
    const BoundsByScore& tenants = held_to(files_.settings.evaluation);
    for (const auto& [score, bounds] : tenants) {
      std::vector<std::string_view> others;
      for (const auto& [program, settings] : files_.programs) {
        if (!has_same(held_to(settings.evaluation), score, bounds)) others.push_back(program);
      }
      add("", score, bounds, others);
    }
    for (const auto& [program, settings] : files_.programs) {
      for (const auto& [score, bounds] : held_to(settings.evaluation)) {
        if (!has_same(tenants, score, bounds)) add(program, score, bounds, {});
      }
    }
    return std::move(made_);
  }

 private:
  void add(std::string_view program, const std::string& score, const ScoreBounds& bounds,
           const std::vector<std::string_view>& except) {
    std::string where = program.empty() ? "" : fmt::format(" in the program {}", program);
    Origin origin = origin_of(program, score);
    cedar::Policy policy{
        .id = fmt::format("{}{}{}{}", policy::kThresholdIds, program, program.empty() ? "" : ".", score),
        .annotations = {},
        .effect = cedar::Effect::kForbid,
        .principal = {},
        .action = {.kind = cedar::ActionConstraint::Kind::kEqual,
                   .entities = {{std::string(policy::kOperationType),
                                 std::string(tenancy::name_of(tenancy::Action::kEvaluationsJudge))}},
                   .span = {}},
        .resource = {},
        .conditions = {{cedar::Condition::Kind::kWhen, is_missed(score, bounds)}},
        .span = {}};
    policy.annotations = {
        {"id", policy.id},
        {"reason", fmt::format("QualityViolation: {} must be {}{}", score, must_be(bounds), where)},
        {"remedy", fmt::format("improve what was evaluated; {} sets the bounds", origin.file)},
        {"priority", std::string(name_of(bounds.priority))}};
    if (bounds.critical) policy.annotations.push_back({"critical", "true"});
    if (!program.empty()) {
      policy.resource.kind = cedar::ScopeConstraint::Kind::kIn;
      policy.resource.entity = program_uid(program);
    }
    if (!except.empty()) policy.conditions.push_back({cedar::Condition::Kind::kUnless, is_in(except)});
    std::string place = fmt::format("{}{}:{}:{}", place_, origin.file, origin.line, origin.column);
    made_.push_back({.policy = std::move(policy),
                     .places = [place = std::move(place)](std::uint32_t) { return place; },
                     .author = policy::BuiltRule::Author::kBailiwick});
  }

  struct Origin {
    std::string file;
    int line = 1, column = 1;
  };
  /// The program's file where it says something of the score, else the tenant's.
  Origin origin_of(std::string_view program, const std::string& score) const {
    for (std::string file : {file_of(program), file_of("")}) {
      auto tree = documents_.find(file);
      const Node* all = tree == documents_.end() ? nullptr : tree->second.find("thresholds");
      const Node* at = all == nullptr ? nullptr : all->find(score);
      if (at != nullptr) return {std::move(file), at->line, at->column};
    }
    return {file_of(program)};
  }

  const BundleFiles& files_;
  const std::map<std::string, Node>& documents_;
  const std::string_view place_;
  std::vector<policy::BuiltRule> made_;
};

}  // namespace

std::vector<policy::BuiltRule> evaluation_rules(const BundleFiles& files,
                                                const std::map<std::string, Node>& documents,
                                                std::string_view place) {
  return EvaluationRules(files, documents, place).make();
}

}  // namespace bailiwick::snapshot
