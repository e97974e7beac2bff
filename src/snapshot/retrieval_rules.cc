#include "snapshot/retrieval_rules.h"

#include <fmt/format.h>

#include "policy/operations.h"
#include "snapshot/cedar_tree.h"

namespace bailiwick::snapshot {
namespace {

using namespace tree;  // NOLINT(google-build-using-namespace)
using cedar::EntityUid;
using cedar::ExprPtr;

EntityUid action(std::string_view name) {
  return {std::string(policy::kOperationType), std::string(name)};
}

policy::BuiltRule rule(std::string_view id, std::string reason, ExprPtr condition, std::string place,
                       std::string_view program) {
  cedar::Policy policy{.id = std::string(id),
                       .annotations = {{"id", std::string(id)}, {"reason", std::move(reason)}},
                       .effect = cedar::Effect::kForbid,
                       .principal = {},
                       .action = {.kind = cedar::ActionConstraint::Kind::kInList,
                                  .entities = {action("retrieve"), action("ask")},
                                  .span = {}},
                       .resource = {},
                       .conditions = {{cedar::Condition::Kind::kWhen, std::move(condition)}},
                       .span = {}};
  if (!program.empty()) {
    policy.resource.kind = cedar::ScopeConstraint::Kind::kIn;
    policy.resource.entity = EntityUid{"Bailiwick::Program", std::string(program)};
  }
  return {.policy = std::move(policy),
          .places = [place = std::move(place)](std::uint32_t) { return place; },
          .author = policy::BuiltRule::Author::kBailiwick};
}

}  // namespace

std::vector<policy::BuiltRule> guard_equivalents(const RetrievalPolicy& policy, const Node& tree,
                                                 std::string_view name, std::string_view program) {
  std::vector<policy::BuiltRule> rules;
  const Node* trust_node = tree.find("trust");
  auto add = [&](std::string_view key, std::string_view id, std::string reason, ExprPtr condition) {
    const Node* at = trust_node == nullptr ? nullptr : trust_node->find(key);
    if (at == nullptr) at = trust_node == nullptr ? &tree : trust_node;
    rules.push_back(rule(id, std::move(reason), std::move(condition),
                         fmt::format("{}:{}:{}", name, at->line, at->column), program));
  };
  const TrustPolicy& trust = policy.trust;
  if (trust.min_trust_score > 0) {
    ExprPtr floor = leaf(cedar::Call{"decimal", {text(fmt::format("{:.4f}", trust.min_trust_score))}});
    add("min_trust_score", "retrieval.trust", "the document is trusted less than retrieval.yaml asks",
        leaf(cedar::Call{"lessThan", {attribute(fact("document"), "trust"), std::move(floor)}}));
  }
  if (trust.signature_required) {
    add("signature_required", "retrieval.signature", "the document is not signed",
        negation(attribute(fact("document"), "signed")));
  }
  if (!trust.forbidden_patterns.empty()) {
    std::vector<ExprPtr> patterns;
    for (const std::string& pattern : trust.forbidden_patterns) patterns.push_back(text(pattern));
    add("forbidden_patterns", "retrieval.forbidden", "the document says what retrieval.yaml forbids",
        compare(cedar::BinaryOp::kContainsAny, attribute(fact("document"), "patterns"),
                leaf(cedar::SetLiteral{std::move(patterns)})));
  }
  return rules;
}

}  // namespace bailiwick::snapshot
