// What a policy that forbids tells the caller: its `@reason` and `@remedy`.
#pragma once

#include <string>

#include "policy/cedar/ast.h"

namespace bailiwick::policy {

std::string denial_text(const cedar::Policy& policy);

}  // namespace bailiwick::policy
