#include "net/head_parser.h"

#include <algorithm>

#include <llhttp.h>

namespace bailiwick::net {
namespace {

bool is_target(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '#' && c != '\\'; });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// What one line that is not clean has in it, most telling first.
std::string_view name_bad_byte(std::string_view line) {
  if (line.find('\r') != std::string_view::npos)
    return "a carriage return that is not followed by a line feed";
  if (line.find('\n') != std::string_view::npos) return "a line feed without a carriage return";
  if (line.find('\0') != std::string_view::npos) return "a NUL byte";
  return "a control character";
}

std::string_view scan_field(std::string_view line, Headers& headers) {
  if (line.front() == ' ' || line.front() == '\t') return "a folded header line";
  std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return "a header line without a colon";
  std::string_view name = line.substr(0, colon), value = line.substr(colon + 1);
  headers.add({name, trim(value)});
  if (headers.sound()) return {};
  if (name.empty()) return "a header without a name";
  if (!is_token(name)) return "a header name with a space or another character that names may not have";
  return name_bad_byte(value);
}

int stop_parsing(llhttp_t*) {
  return HPE_PAUSED;
}

/// What llhttp has against a request, or an empty view.
std::string_view second_opinion(std::string_view head) {
  static const llhttp_settings_t settings = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_headers_complete = stop_parsing;
    return made;
  }();
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  switch (llhttp_execute(&parser, head.data(), head.size())) {
    case HPE_PAUSED:
      return {};
    case HPE_INVALID_METHOD:
      return "a method that this server does not know";
    default:
      return "a line that HTTP does not allow";
  }
}

}  // namespace

std::size_t find_head_end(std::string_view bytes, std::size_t searched) {
  std::size_t from = searched > 3 ? searched - 3 : 0;
  std::size_t at = bytes.find("\r\n\r\n", from);
  return at == std::string_view::npos ? at : at + 4;
}

std::string_view partial_head_fault(std::string_view bytes, std::size_t searched) {
  if (!bytes.empty() && !is_token(bytes.substr(0, 1))) {
    return "a first line that does not begin with a method";
  }
  for (std::size_t i = searched > 0 ? searched - 1 : 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r')) return "a line feed without a carriage return";
    if (bytes[i] == '\r' && i + 1 < bytes.size() && bytes[i + 1] != '\n') return name_bad_byte("\r");
    if (bytes[i] == '\0') return "a NUL byte";
  }
  return {};
}

std::string_view HeadParser::parse(std::string_view head, Headers& headers) {
  headers.clear();
  std::string_view fault = scan(head, headers);
  return fault.empty() && kind_ == Kind::kRequest ? second_opinion(head) : fault;
}

std::string_view HeadParser::scan(std::string_view head, Headers& headers) {
  std::string_view rest = head;
  for (std::size_t lines = 0;; ++lines) {
    std::size_t end = rest.find("\r\n");
    if (end == std::string_view::npos) return "no end";
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    std::string_view fault;
    if (lines == 0)
      fault = kind_ == Kind::kRequest ? scan_request_line(line) : scan_status_line(line);
    else if (line.empty())
      return rest.empty() ? std::string_view() : "an empty line in its middle";
    else if (lines > kMaxHeaderFields)
      fault = "too many header fields";
    else
      fault = scan_field(line, headers);
    if (!fault.empty()) return fault;
  }
}

std::string_view HeadParser::scan_request_line(std::string_view line) {
  std::size_t first = line.find(' ');
  std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return "a first line that is not `METHOD target HTTP/1.1`";
  method_ = line.substr(0, first);
  target_ = line.substr(first + 1, second - first - 1);
  std::string_view version = line.substr(second + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return "a version that is neither HTTP/1.1 nor HTTP/1.0";
  minor_version_ = version.back() - '0';
  if (!is_token(method_)) return "a malformed method";
  if (!is_target(target_)) {
    return "a target with a character that must be percent-encoded";
  }
  return {};
}

std::string_view HeadParser::scan_status_line(std::string_view line) {
  bool shaped = line.size() >= 12 && line.starts_with("HTTP/1.") && (line[7] == '0' || line[7] == '1') &&
                line[8] == ' ';
  if (!shaped || (line.size() > 12 && line[12] != ' '))
    return "a first line that is not `HTTP/1.1 status reason`";
  minor_version_ = line[7] - '0';
  status_ = 0;
  for (char digit : line.substr(9, 3)) {
    if (digit < '0' || digit > '9') return "a malformed status";
    status_ = status_ * 10 + (digit - '0');
  }
  if (status_ < 100) return "a malformed status";
  if (!is_field_value(line.substr(12))) return name_bad_byte(line);
  return {};
}

}  // namespace bailiwick::net
