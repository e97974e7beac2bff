// Reads the expressions of policies in JSON.
#pragma once

#include "policy/cedar/ast.h"
#include "policy/cedar/json_reader.h"

namespace bailiwick::cedar {

// Null, or nothing, and noted by the reader when the value is something else.

ExprPtr read_expression_json(JsonReader& json_reader, const json::value& value);
/// `{"type", "id"}`, or the same in `__entity`.
std::optional<EntityUid> read_entity_json(JsonReader& json_reader, const json::value& value);
/// The name in `entity_type`.
std::optional<std::string> read_entity_type_json(JsonReader& json_reader, const json::object& parent);

}  // namespace bailiwick::cedar
