#include "policy/analysis/conflicts.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "policy/analysis/rule_group.h"
#include "policy/operations.h"

namespace bailiwick::policy {
namespace {

bool names_operations(const cedar::Policy& policy) {
  return std::ranges::any_of(policy.action.entities,
                             [](const cedar::EntityUid& uid) { return uid.type == kOperationType; });
}

json::object rule_json(const AnalysedRule& rule) {
  json::object made{{"id", rule.id},
                    {"place", rule.place},
                    {"origin", json::string(name_of(rule.origin))},
                    {"state", json::string(name_of(rule.state))},
                    {"priority", json::string(name_of(rule.priority))}};
  if (!rule.tenant.empty()) made["tenant"] = rule.tenant;
  return made;
}

}  // namespace

std::optional<PriorityClass> priority_of(const cedar::Policy& policy) {
  bool given =
      std::ranges::find(policy.annotations, "priority", &cedar::Annotation::name) != policy.annotations.end();
  return given ? enum_from<PriorityClass>(policy.annotation("priority")) : PriorityClass::kDefault;
}

bool ConflictReport::has_errors() const {
  return std::ranges::any_of(findings,
                             [](const Conflict& found) { return found.severity == Severity::kError; });
}

ConflictReport find_conflicts(std::span<const AnalysedRule> rules, const cedar::Schema* application) {
  ConflictReport report;
  std::vector<std::size_t> operations, others;
  for (std::size_t i = 0; i < rules.size(); ++i)
    (names_operations(rules[i].policy) ? operations : others).push_back(i);
  // A rule of the one kind never meets one of the other: they name different actions.
  analysis::RuleGroup(rules, std::move(operations), &operations_schema(), report).run();
  analysis::RuleGroup(rules, std::move(others), application, report).run();
  std::ranges::sort(report.findings, [](const Conflict& a, const Conflict& b) {
    if (a.severity != b.severity) return a.severity > b.severity;
    if (weight(a.priority) != weight(b.priority)) return weight(a.priority) > weight(b.priority);
    return std::tie(a.kind, a.rule, a.other, a.message) < std::tie(b.kind, b.rule, b.other, b.message);
  });
  return report;
}

json::object to_json(const ConflictReport& report, std::span<const AnalysedRule> rules) {
  json::array findings;
  for (const Conflict& found : report.findings) {
    json::array about{rule_json(rules[found.rule])};
    if (found.other) about.push_back(rule_json(rules[*found.other]));
    json::object made{{"kind", json::string(name_of(found.kind))},
                      {"severity", json::string(name_of(found.severity))},
                      {"priority", json::string(name_of(found.priority))},
                      {"message", found.message},
                      {"rules", std::move(about)}};
    if (found.witness) made["witness"] = *found.witness;
    findings.push_back(std::move(made));
  }
  return {{"conflicts", std::move(findings)}, {"overlaps_left_out", report.overlaps_left_out}};
}

}  // namespace bailiwick::policy
