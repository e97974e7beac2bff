// What a caller of a soak says, and when it comes back after a refusal. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "cli/soak/scenario.h"

namespace bailiwick::cli {

/// How long to wait after an answer before asking again: as its Retry-After says (in seconds), or else from 1
/// s on twice as long each time; and up to half as long again, so that those who were refused together do not
/// come back together. `luck` is from 0 to 1. Nothing when the answer asks for no second attempt.
std::optional<std::chrono::milliseconds> pause_before_retry(int status, std::string_view retry_after,
                                                            int attempt, double luck);

/// The body of a chat completion of this kind.
std::string chat_body(const RequestKind& kind);

}  // namespace bailiwick::cli
