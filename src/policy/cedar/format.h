// Policies and expressions → Cedar text. What is printed parses to what was given.
#pragma once

#include "policy/cedar/ast.h"

namespace bailiwick::cedar {

/// On one line, with the parentheses it needs.
std::string to_string(const Expr& expr);
/// The form that `policy format` writes: annotations, scope and conditions on lines of their own.
std::string to_string(const Policy& policy);
/// Policies with a blank line between each two.
std::string to_string(const std::vector<Policy>& policies);

}  // namespace bailiwick::cedar
