// A recorded decision as JSON: how it goes to the child of the sandbox.
#pragma once

#include "bundles/recorded_decisions.h"

namespace bailiwick::bundles {

std::string to_json(const RecordedDecision& decision);
/// What to_json() wrote, taken for foreign bytes. Errors: kInvalid `sandbox.frames`.
Result<RecordedDecision> recorded_decision_from(std::string_view text);

}  // namespace bailiwick::bundles
