// Conformance: whether values and entities are as a schema says. What policies were validated against holds
// only for those.
#pragma once

#include "policy/cedar/entities.h"
#include "policy/cedar/schema.h"

namespace bailiwick::cedar {

/// False for an entity that its enumerated type does not list.
bool may_exist(const Uid& uid, const Schema& schema);

/// What keeps `value` from being of `type`; empty when nothing does. Looks until the first fault.
std::string mismatch(const Value& value, const Type& type, const Schema& schema);

/// Every entity that is not as the schema says, actions apart, each fault at `name#Type::"id"`.
std::vector<Problem> nonconforming(const Entities& entities, const Schema& schema, std::string_view name);

}  // namespace bailiwick::cedar
