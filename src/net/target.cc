#include "net/target.h"

#include <algorithm>

#include <simdjson.h>

#include "base/ascii.h"

namespace bailiwick::net {
namespace {

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

enum class Plus { kLiteral, kSpace };

constexpr std::string_view kBadPercent = "a percent sign that is not followed by two hexadecimal digits";
constexpr std::string_view kNotUtf8 = "a target that is not UTF-8 once decoded";

/// Appends the decoded text; false on a malformed percent sign.
bool decode_percent(std::string_view text, Plus plus, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return false;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' && plus == Plus::kSpace ? ' ' : text[i];
    }
  }
  return true;
}

std::string_view check_segments(std::string_view path) {
  std::string_view rest = path.substr(1);
  while (true) {
    std::size_t end = rest.find('/');
    std::string_view segment = rest.substr(0, end);
    if (segment == "." || segment == "..") return "a `.` or `..` segment in its path";
    if (end == std::string_view::npos) return {};
    if (segment.empty()) return "an empty segment in its path";
    rest.remove_prefix(end + 1);
  }
}

std::string_view decode_path(std::string_view raw, std::string& path) {
  path.clear();
  if (raw.find('%') == std::string_view::npos) {
    path = raw;
    return check_segments(path);
  }
  // A slash that appears by decoding would make segments that a proxy in front has not seen.
  auto slashes = [](std::string_view text) {
    return std::ranges::count_if(text, [](char c) { return c == '/' || c == '\\'; });
  };
  if (!decode_percent(raw, Plus::kLiteral, path)) return kBadPercent;
  if (slashes(path) != slashes(raw)) return "an encoded slash in its path";
  if (std::ranges::any_of(path, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; })) {
    return "a control character in its path";
  }
  if (!is_utf8(path)) return kNotUtf8;
  return check_segments(path);
}

std::string_view decode_query(std::string_view raw, std::vector<std::pair<std::string, std::string>>& query) {
  query.clear();
  while (!raw.empty()) {
    std::string_view pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(raw.size(), pair.size() + 1));
    if (pair.empty()) continue;
    std::size_t equals = pair.find('=');
    auto& [name, value] = query.emplace_back();
    std::string_view raw_value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if (!decode_percent(pair.substr(0, equals), Plus::kSpace, name)) return kBadPercent;
    if (!decode_percent(raw_value, Plus::kSpace, value)) return kBadPercent;
    if (name.find('\0') != std::string::npos || value.find('\0') != std::string::npos)
      return "a NUL in its query";
    if (!is_utf8(name) || !is_utf8(value)) return kNotUtf8;
  }
  return {};
}

}  // namespace

std::string_view decode_target(std::string_view target, std::string_view host, RequestHead& head) {
  if (target == "*" && head.method == "OPTIONS") {
    head.path = target;
    head.query.clear();
    return {};
  }
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    std::string_view rest = target.substr(scheme.size());
    std::size_t end = std::min(rest.find('/'), rest.size());
    if (!equals_ignoring_case(rest.substr(0, end), host)) return "a target whose authority is not its Host";
    target = end == rest.size() ? std::string_view("/") : rest.substr(end);
    break;
  }
  if (!target.starts_with('/')) return "a target that does not begin with a slash";
  std::size_t question = target.find('?');
  if (auto fault = decode_path(target.substr(0, question), head.path); !fault.empty()) return fault;
  return decode_query(question == std::string_view::npos ? std::string_view() : target.substr(question + 1),
                      head.query);
}

}  // namespace bailiwick::net
