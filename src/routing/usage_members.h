// The counts of a usage object that somebody else has parsed already.
#pragma once

#include <simdjson.h>

#include "routing/usage.h"

namespace bailiwick::routing {

UsageFields usage_in(simdjson::dom::object members);

}  // namespace bailiwick::routing
