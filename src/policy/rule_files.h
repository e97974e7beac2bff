// RuleFiles: what a folder's `*.cedar` say, parsed and checked: rules for Bailiwick's own operations, and
// policies for an application of the tenant's.
//
// A rule names Bailiwick's actions in its scope (operations.h). Every other policy is the application's, and
// is checked against the schema that the tenant brings.
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
};

/// `files` is path → Cedar text; `place` stands before paths in problems; `application` is the tenant's own
/// schema or null. Errors: kInvalid `rules.invalid` with every problem at `place/path:line:column`.
Result<RuleFiles> read_rules(const std::map<std::string, std::string>& files, std::string_view place,
                             RulesOf whose, const cedar::Schema* application = nullptr);

}  // namespace bailiwick::policy
