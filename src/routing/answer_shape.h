// The shape of an answer: is what a provider calls one at all one? Looked at before it is passed on as a
// success, paid for and kept.
#pragma once

#include <string>

#include "routing/endpoint.h"

namespace bailiwick::routing {

/// A whole JSON object and nothing more. Of embeddings, which are nothing but numbers, and of what is larger
/// than a MiB, only that it begins and ends like one. `body` may be moved to where there is room behind it.
bool is_answer(Endpoint endpoint, std::string& body);

}  // namespace bailiwick::routing
