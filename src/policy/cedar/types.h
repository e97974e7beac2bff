// The order of Cedar's types in strict mode.
#pragma once

#include "policy/cedar/schema.h"

namespace bailiwick::cedar {

/// Every value of `a` is one of `b`.
bool is_subtype(const Type& a, const Type& b);
/// The least type above both; null when there is none.
TypePtr least_upper_bound(const TypePtr& a, const TypePtr& b);
/// No value is of both: entities of different types.
bool are_disjoint(const Type& a, const Type& b);

}  // namespace bailiwick::cedar
