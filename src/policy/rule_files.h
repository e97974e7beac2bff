// RuleFiles: what a folder's `*.cedar` say, parsed and checked: rules for Bailiwick's own operations, and
// policies for an application of the tenant's.
//
// A rule names Bailiwick's actions in its scope (operations.h). Every other policy is the application's, and
// is checked against the schema that the tenant brings. Rules that other files say are built as trees and
// pass the same checks: there is no second way into the kernel.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/cedar/ast.h"

namespace bailiwick::cedar {
class Schema;
}

namespace bailiwick::policy {

enum class RulesOf { kTenant, kPlatform };

struct RuleFiles {
  std::vector<cedar::Policy> operations;   ///< each with an id of its own
  std::vector<cedar::Policy> application;  ///< likewise: its `@id`, or `file.cedar:line:column`
  // Where they stand, one for each: `place/path:line:column`.
  std::vector<std::string> operation_places;
  std::vector<std::string> application_places;
};

/// Ids that begin so are of rules that Bailiwick makes of declared files; no other rule may have one.
inline constexpr std::string_view kSovereigntyIds = "sovereignty.";
inline constexpr std::string_view kThresholdIds = "evaluation.";
/// The file that rules with such an id are made of; empty for any other id.
std::string_view file_of_generated(std::string_view id);

/// A rule that is said in another language than Cedar.
struct BuiltRule {
  cedar::Policy policy;
  cedar::Source::Places places;  ///< of the bytes that its spans count
  enum class Author { kPeople, kBailiwick } author = Author::kPeople;
};

/// `files` is path → Cedar text; `place` stands before paths in problems; `application` is the tenant's own
/// schema or null; `built` are rules of other files of the same folder. Errors: kInvalid `rules.invalid` with
/// every problem at `place/path:line:column`.
Result<RuleFiles> read_rules(const std::map<std::string, std::string>& files, std::string_view place,
                             RulesOf whose, const cedar::Schema* application = nullptr,
                             std::vector<BuiltRule> built = {});

}  // namespace bailiwick::policy
