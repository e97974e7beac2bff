// The shape of an answer: is what a provider calls one at all one, and what does it say that it used? Looked
// at before it is passed on as a success, paid for and kept.
#pragma once

#include <optional>
#include <string>

#include "routing/endpoint.h"
#include "routing/usage.h"

namespace bailiwick::routing {

/// What an answer says that it used, in the last `usage` at its top; nothing when `body` is no answer: a
/// whole JSON object and nothing more. Of embeddings, which are nothing but numbers, and of what is larger
/// than a MiB, it is only seen that it begins and ends like one, and the last `usage` object anywhere counts.
/// `body` may be moved to where there is room behind it.
std::optional<UsageFields> usage_of_answer(Endpoint endpoint, std::string& body);

}  // namespace bailiwick::routing
