#include "snapshot/policy_header.h"

#include <algorithm>

#include "base/ascii.h"

namespace bailiwick::snapshot {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}
bool is_number(std::string_view text) {
  return is_digits(text) && (text.size() == 1 || text.front() != '0');
}
bool is_identifier(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

/// Cuts `text` at its first `separator` and returns what stood before; all of it when there is none.
std::string_view take_until(std::string_view& text, char separator) {
  std::size_t at = text.find(separator);
  std::string_view head = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return head;
}

template <class Rule>
bool every_part(std::string_view text, Rule rule) {
  while (true) {
    bool last = text.find('.') == std::string_view::npos;
    if (!rule(take_until(text, '.'))) return false;
    if (last) return true;
  }
}

}  // namespace

bool is_semver(std::string_view text) {
  bool has_build = text.find('+') != std::string_view::npos;
  std::string_view before_build = take_until(text, '+');
  if (has_build && !every_part(text, is_identifier)) return false;
  bool has_pre = before_build.find('-') != std::string_view::npos;
  std::string_view core = take_until(before_build, '-');
  auto pre_part = [](std::string_view part) {
    return is_identifier(part) && (!is_digits(part) || is_number(part));
  };
  if (has_pre && !every_part(before_build, pre_part)) return false;
  return std::ranges::count(core, '.') == 2 && every_part(core, is_number);
}

}  // namespace bailiwick::snapshot
