// Entities and contexts as JSON.
//
// `[{"uid": {"type", "id"}, "attrs": {…}, "tags": {…}, "parents": [{"type", "id"}]}]`. An entity as a value
// is
// `{"__entity": {"type", "id"}}` and an extension's value `{"__extn": {"fn", "arg"}}`, or with `args`; where
// a schema says what stands there, `{"type", "id"}` and the plain text do. A schema adds its actions.
#pragma once

#include "base/json.h"
#include "policy/cedar/entities.h"
#include "policy/cedar/schema.h"

namespace bailiwick::cedar {

/// Errors: kInvalid `entities.invalid` with JSON pointers behind `name#`; those of EntitiesBuilder. `schema`
/// may be null. Policies that are compiled with the same `names` meet these entities fastest.
Result<Entities> parse_entities(const json::value& value, std::string_view name, const Schema* schema,
                                EntityNamesPtr names = nullptr);
/// The record of a request's context, in `arena`. `type` may be null. Errors: kInvalid `context.invalid`.
Result<const RecordData*> parse_context(const json::value& value, const Type* type, Arena& arena);
/// What `shape`, a record, knows of `object`; other keys are passed over. Errors: kInvalid
/// `attributes.invalid` with JSON pointers behind `pointer`, also for what is not of its type.
Result<const RecordData*> parse_known(const json::object& object, const Type& shape, const Schema& schema,
                                      std::string_view pointer, Arena& arena);

}  // namespace bailiwick::cedar
