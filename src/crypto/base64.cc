#include "crypto/base64.h"

#include <algorithm>

#include "crypto/hash.h"

namespace bailiwick::crypto {
namespace {

std::string exchange(std::string text, char first, char first_instead, char second, char second_instead) {
  for (char& c : text) c = c == first ? first_instead : c == second ? second_instead : c;
  return text;
}

}  // namespace

std::string to_base64(std::span<const std::uint8_t> bytes) {
  std::string text = exchange(to_base64url(bytes), '-', '+', '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

Result<std::string> from_base64(std::string_view text) {
  bool standard = text.find_first_of("+/") != std::string_view::npos;
  bool url_safe = text.find_first_of("-_") != std::string_view::npos;
  if (standard && url_safe)
    return fail(ErrorCode::kInvalid, "base64.malformed", "not base64: two alphabets in one text");
  std::size_t padding = std::min<std::size_t>(text.size() - text.find_last_not_of('=') - 1, text.size());
  if (padding > 0 && (padding > 2 || text.size() % 4 != 0))
    return fail(ErrorCode::kInvalid, "base64.malformed", "not base64: wrong padding");
  text.remove_suffix(padding);
  return from_base64url(exchange(std::string(text), '+', '-', '/', '_'));
}

}  // namespace bailiwick::crypto
