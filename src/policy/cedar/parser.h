// Cedar text → policies.
//
// Every fault is reported with its place, one or more a policy: after a fault the parser goes on behind the
// next `;`. Nothing is returned unless all is well.
#pragma once

#include "policy/cedar/ast.h"

namespace bailiwick::cedar {

/// Policies and templates in the order of the text, named `policy0`, `policy1`, … Errors: kInvalid
/// `policy.syntax`, each problem at `name:line:column`.
Result<std::vector<Policy>> parse_policies(std::string_view text, std::string_view name);
/// One expression and nothing after it: what stands in `when { }`. The same errors.
Result<ExprPtr> parse_expression(std::string_view text, std::string_view name);
/// The same of a source, which notes the faults; null when there are some.
ExprPtr parse_expression(Source& source);

}  // namespace bailiwick::cedar
