// How JSON is read that upstreams and callers wrote.
#pragma once

#include "base/json.h"

namespace bailiwick::routing::translation {

/// They may write NUL, and nest schemas deeper than we do. A value takes a hundred times its two bytes once
/// it is read, and copies follow: more of them than the longest conversations have are not worth it.
inline constexpr JsonRules kForeign{.nul_bytes = NulBytes::kAllowed, .max_depth = 128, .max_values = 250'000};

}  // namespace bailiwick::routing::translation
