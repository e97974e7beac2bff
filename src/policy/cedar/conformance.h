// Conformance: whether values and entities are as a schema says. What policies were validated against holds
// only for those.
#pragma once

#include "policy/cedar/entities.h"
#include "policy/cedar/schema.h"

namespace bailiwick::cedar {

/// What keeps `value` from being of `type`; empty when nothing does. Looks until the first fault.
std::string mismatch(const Value& value, const Type& type);

/// Every entity that is not as the schema says, actions apart, each fault at `name#Type::"id"`.
std::vector<Problem> nonconforming(const Entities& entities, const Schema& schema, std::string_view name);

}  // namespace bailiwick::cedar
