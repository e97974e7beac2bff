// Policies as JSON: the form that Cedar's tools exchange.
//
// `&&`, `||` and `has a.b` are written as nested pairs, as that form has them, and read back as one node.
#pragma once

#include "base/json.h"
#include "policy/cedar/ast.h"

namespace bailiwick::cedar {

json::object to_json(const Policy& policy);
json::value to_json(const Expr& expr);

/// One policy or template. Errors: kInvalid `policy.json`, each problem with its pointer behind `name#`.
Result<Policy> policy_from_json(const json::value& value, std::string id, std::string_view name);
/// `{"staticPolicies": {ID: POLICY}, "templates": {ID: POLICY}, "templateLinks": [{"templateId", "newId",
/// "values": {"?principal": {"type", "id"}}}]}`: static and linked policies. The same errors.
Result<std::vector<Policy>> policies_from_json(const json::value& value, std::string_view name);

/// JSON that nests as deep as the deepest policy.
inline constexpr JsonRules kPolicyJson = {.nul_bytes = NulBytes::kAllowed, .max_depth = 600};

}  // namespace bailiwick::cedar
