// RFC 4648 base64 as other programs write it. Our own texts use base64url without padding (hash.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailiwick::crypto {

/// The standard alphabet, padded.
std::string to_base64(std::span<const std::uint8_t> bytes);
/// Either alphabet, but one of them throughout; padded in full or not at all; no blanks and no stray bits.
/// Errors: kInvalid `base64.malformed`.
Result<std::string> from_base64(std::string_view text);

}  // namespace bailiwick::crypto
