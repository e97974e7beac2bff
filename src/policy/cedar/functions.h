// Cedar's extension functions on values.
#pragma once

#include "policy/cedar/extension.h"
#include "policy/cedar/value.h"

namespace bailiwick::cedar {

enum class CallFault : std::uint8_t { kNone, kArity, kType, kText, kOverflow };

struct CallResult {
  Value value;
  CallFault fault = CallFault::kNone;
};

/// What the call gives, in `arena` where it needs room.
CallResult call(ExtensionFunction function, std::span<const Value> arguments, Arena& arena);

}  // namespace bailiwick::cedar
