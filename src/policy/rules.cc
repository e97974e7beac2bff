#include "policy/rules.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/parser.h"
#include "policy/cedar/policy_set.h"
#include "policy/cedar/validator.h"
#include "policy/operations.h"

namespace bailiwick::policy {
namespace {

using cedar::Policy;

bool is_rule_id(std::string_view id) {
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  return !id.empty() && id.size() <= 63 && std::ranges::all_of(id, fits);
}

std::string annotation_text(const Policy& policy, std::string_view name) {
  const cedar::Annotation* found = policy.annotation(name);
  return found ? found->value.value_or("") : "";
}

/// Whose actions the scope names.
enum class Named { kOperations, kOther, kBoth };

Named what_it_names(const Policy& policy) {
  auto operation = [](const cedar::EntityUid& uid) { return uid.type == kOperationType; };
  auto count = std::ranges::count_if(policy.action.entities, operation);
  if (count == 0) return Named::kOther;
  return count == std::ssize(policy.action.entities) ? Named::kOperations : Named::kBoth;
}

/// Reads and checks rules file by file; notes every fault.
class RulesReader {
 public:
  RulesReader(std::string_view place, RulesOf whose, const cedar::Schema* application)
      : place_(place), whose_(whose), application_(application) {}

  void read(const std::string& path, const std::string& text) {
    std::string name = fmt::format("{}{}", place_, path);
    auto parsed = cedar::parse_policies(text, name);
    if (!parsed) {
      std::ranges::move(parsed.error().problems, std::back_inserter(problems_));
      if (parsed.error().problems.empty()) problems_.push_back({name, parsed.error().message});
      return;
    }
    cedar::Source source(name, text);
    for (Policy& policy : *parsed) check(policy, source);
  }

  std::vector<Policy>& policies() { return policies_; }
  std::vector<Problem>& problems() { return problems_; }

 private:
  void check(Policy& policy, const cedar::Source& source) {
    auto report = [&](cedar::Span span, std::string message) {
      if (problems_.size() >= cedar::Source::kMaxProblems) return;
      problems_.push_back({source.place(span.begin), std::move(message)});
    };
    Named named = what_it_names(policy);
    if (named == Named::kOther && application_ != nullptr) {
      for (cedar::Finding& finding : cedar::validate(policy, *application_, budget_).errors) {
        report(finding.span, std::move(finding.message));
      }
      return;
    }
    if (named != Named::kOperations) {
      return report(policy.span,
                    "a rule names the operations it speaks of, such as action in Bailiwick::Action::\"all\"; "
                    "policies for "
                    "an application of your own need its schema.cedarschema");
    }
    if (std::string fault = fault_of_form(policy); !fault.empty())
      return report(policy.span, std::move(fault));
    for (cedar::Finding& finding : cedar::validate(policy, operations_schema(), budget_).errors) {
      report(finding.span, std::move(finding.message));
    }
    policies_.push_back(std::move(policy));
  }

  /// Gives the rule its id.
  std::string fault_of_form(Policy& policy) {
    policy.id = annotation_text(policy, "id");
    if (!is_rule_id(policy.id)) {
      return "a rule needs an id of a-z, 0-9, `-`, `_` and `.`: write @id(\"no-deletes\") before it";
    }
    if (!ids_.insert(policy.id).second) return fmt::format("another rule has the id `{}`", policy.id);
    if (policy.is_template()) return "a rule has no slots";
    if (whose_ == RulesOf::kPlatform && policy.effect == cedar::Effect::kPermit) {
      return "the platform's rules forbid; what is permitted is said by roles and tenants";
    }
    return {};
  }

  std::string_view place_;
  RulesOf whose_;
  const cedar::Schema* application_;
  cedar::ValidationBudget budget_ = {.steps = 50'000'000};  // of the whole bundle
  std::set<std::string> ids_;
  std::vector<Policy> policies_;
  std::vector<Problem> problems_;
};

bool speaks_of(const Policy& policy, const cedar::EntityUid& action) {
  return std::ranges::any_of(policy.action.entities, [&](const cedar::EntityUid& named) {
    if (named == action) return true;
    const cedar::ActionInfo* group = operations_schema().action(named);
    return policy.action.kind != cedar::ActionConstraint::Kind::kEqual && group &&
           group->descendants.contains(action);
  });
}

std::string message_of(const Policy& policy) {
  std::string reason = annotation_text(policy, "reason"), remedy = annotation_text(policy, "remedy");
  if (reason.empty()) reason = fmt::format("the rule `{}` forbids this", policy.id);
  return remedy.empty() ? reason : fmt::format("{}; {}", reason, remedy);
}

}  // namespace

struct Rules::Compiled {
  cedar::PolicySet set;
  std::vector<Denial> told;            // by policy: what it says when it forbids
  std::vector<bool> permits_speak_of;  // by action
};

Rules::Rules(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
Rules::~Rules() = default;

Result<std::shared_ptr<const Rules>> Rules::compile(const std::map<std::string, std::string>& files,
                                                    std::string_view place, RulesOf whose,
                                                    const cedar::Schema* application) {
  RulesReader reader(place, whose, application);
  for (const auto& [path, text] : files) reader.read(path, text);
  if (!reader.problems().empty()) {
    Error error(ErrorCode::kInvalid, "rules.invalid", "the rules are not valid");
    error.problems = std::move(reader.problems());
    return std::unexpected(std::move(error));
  }
  auto compiled = std::make_unique<Compiled>();
  TRY(compiled->set, cedar::PolicySet::compile(reader.policies()));
  compiled->permits_speak_of.resize(tenancy::kActions.size());
  for (const Policy& policy : reader.policies()) {
    compiled->told.push_back({fmt::format("rule.{}", policy.id), message_of(policy)});
    if (policy.effect == cedar::Effect::kForbid) continue;
    for (const tenancy::ActionInfo& info : tenancy::kActions) {
      if (!speaks_of(policy, {std::string(kOperationType), std::string(info.name)})) continue;
      compiled->permits_speak_of[static_cast<std::size_t>(info.action)] = true;
    }
  }
  return std::shared_ptr<const Rules>(new Rules(std::move(compiled)));
}

std::size_t Rules::size() const {
  return compiled_->set.policies().size();
}

std::optional<Rules::Denial> Rules::deny(const Question& question) const {
  if (empty() || tenancy::reach_of(question.action) == tenancy::Reach::kPlatform) return std::nullopt;
  // Kept by the thread, so that decisions stop allocating.
  thread_local cedar::Arena facts;
  thread_local cedar::Scratch scratch;
  facts.clear();
  OperationRequest operation;
  describe_operation(question, facts, operation);
  cedar::QuickVerdict verdict = compiled_->set.decide(operation.request, operation_entities(), scratch);
  if (verdict.allowed) return std::nullopt;
  if (verdict.deciding == cedar::QuickVerdict::kNobody) {
    if (!compiled_->permits_speak_of[static_cast<std::size_t>(question.action)]) return std::nullopt;
    return Denial{"rule.no_permit",
                  "the tenant's rules speak of this operation, and none of them permits it here"};
  }
  Denial denial = compiled_->told[verdict.deciding];
  if (verdict.fault != cedar::FaultKind::kNone) {
    denial.message +=
        fmt::format(" (the rule could not be evaluated, so it denies: {})", cedar::describe(verdict.fault));
  }
  return denial;
}

}  // namespace bailiwick::policy
