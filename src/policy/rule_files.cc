#include "policy/rule_files.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "base/json.h"
#include "policy/cedar/parser.h"
#include "policy/cedar/validator.h"
#include "policy/denial_text.h"
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
    for (Policy& policy : *parsed) check(policy, source, Author::kPeople);
  }

  void add(BuiltRule rule) {
    cedar::Source source("", "", std::move(rule.places));
    check(rule.policy, source, rule.author);
  }

  RuleFiles& read_files() { return read_; }
  std::vector<Problem>& problems() { return problems_; }

 private:
  using Author = BuiltRule::Author;

  void check(Policy& policy, const cedar::Source& source, Author author) {
    auto report = [&](cedar::Span span, std::string message) {
      if (problems_.size() >= cedar::Source::kMaxProblems) return;
      problems_.push_back({source.place(span.begin), std::move(message)});
    };
    if (std::string fault = fault_of_texts(policy); !fault.empty())
      return report(policy.span, std::move(fault));
    Named named = what_it_names(policy);
    if (named == Named::kOther && application_ != nullptr) {
      take(policy, *application_, report);
      if (std::string fault = name_policy(policy, source); !fault.empty())
        report(policy.span, std::move(fault));
      read_.application_places.push_back(source.place(policy.span.begin));
      read_.application.push_back(std::move(policy));
      return;
    }
    if (named != Named::kOperations) {
      return report(policy.span,
                    "a rule names the operations it speaks of, such as action in Bailiwick::Action::\"all\"; "
                    "policies for "
                    "an application of your own need its schema.cedarschema");
    }
    if (std::string fault = fault_of_form(policy, author); !fault.empty())
      return report(policy.span, std::move(fault));
    take(policy, operations_schema(), report);
    read_.operation_places.push_back(source.place(policy.span.begin));
    read_.operations.push_back(std::move(policy));
  }

  void take(const Policy& policy, const cedar::Schema& schema, const auto& report) {
    for (cedar::Finding& finding : cedar::validate(policy, schema, budget_).errors) {
      report(finding.span, std::move(finding.message));
    }
  }

  /// By its annotation, or by its place. Says what is wrong with that, or nothing.
  std::string name_policy(Policy& policy, const cedar::Source& source) {
    constexpr std::size_t kLongest = 255;
    policy.id = policy.annotation("id");
    if (policy.id.empty()) policy.id = source.place(policy.span.begin).substr(place_.size());
    if (size_in_json(policy.id) > kLongest)
      return fmt::format("its id is longer than {} bytes; write a shorter @id", kLongest);
    if (!application_ids_.insert(policy.id).second)
      return fmt::format("another policy has the id `{}`", excerpt(policy.id));
    return {};
  }

  /// It stands in every answer and record that speaks of it.
  static std::size_t size_in_json(std::string_view text) {
    std::string quoted;
    append_json_string(quoted, text);
    return quoted.size() - 2;
  }
  static std::string fault_of_texts(const Policy& policy) {
    constexpr std::size_t kLongest = 1024;
    if (size_in_json(denial_text(policy)) <= kLongest) return {};
    return fmt::format("@reason and @remedy together are longer than {} bytes", kLongest);
  }

  /// What is wrong with an id that people chose, or nothing.
  static std::string fault_of_id(std::string_view id) {
    if (!is_rule_id(id))
      return "a rule needs an id of a-z, 0-9, `-`, `_` and `.`: write @id(\"no-deletes\") before it";
    std::string_view file = file_of_generated(id);
    if (file.empty()) return {};
    return fmt::format("ids that begin with `{}` are of rules that are made of {}",
                       id.substr(0, id.find('.') + 1), file);
  }

  /// Gives the rule its id.
  std::string fault_of_form(Policy& policy, Author author) {
    policy.id = policy.annotation("id");
    if (author == Author::kPeople) {
      if (std::string fault = fault_of_id(policy.id); !fault.empty()) return fault;
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
  std::set<std::string> application_ids_;
  RuleFiles read_;
  std::vector<Problem> problems_;
};

}  // namespace

std::string_view file_of_generated(std::string_view id) {
  if (id.starts_with(kSovereigntyIds)) return "data-sovereignty.yaml";
  if (id.starts_with(kThresholdIds)) return "policies/evaluation.yaml";
  return {};
}

Result<RuleFiles> read_rules(const std::map<std::string, std::string>& files, std::string_view place,
                             RulesOf whose, const cedar::Schema* application, std::vector<BuiltRule> built) {
  RulesReader reader(place, whose, application);
  for (const auto& [path, text] : files) reader.read(path, text);
  for (BuiltRule& rule : built) reader.add(std::move(rule));
  if (reader.problems().empty()) return std::move(reader.read_files());
  Error error(ErrorCode::kInvalid, "rules.invalid", "the rules are not valid");
  error.problems = std::move(reader.problems());
  return std::unexpected(std::move(error));
}

}  // namespace bailiwick::policy
