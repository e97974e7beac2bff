#include "net/head_writer.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include <fmt/format.h>

namespace bailiwick::net {
namespace {

bool is_target(std::string_view target) {
  return !target.empty() && std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Fields that say how this one message is framed or carried; whoever owns the connection writes them.
bool is_connection_field(std::string_view name) {
  switch (name.size()) {
    case 4:
      return equals_ignoring_case(name, "date") || equals_ignoring_case(name, "host");
    case 10:
      return equals_ignoring_case(name, "connection") || equals_ignoring_case(name, "keep-alive");
    case 14:
      return equals_ignoring_case(name, "content-length");
    case 17:
      return equals_ignoring_case(name, "transfer-encoding");
    default:
      return false;
  }
}

std::unexpected<Error> malformed(const Headers& headers) {
  std::string_view culprit;
  for (const auto& [name, value] : headers) {
    if (!is_token(name) || !is_field_value(value)) culprit = name;
  }
  return fail(ErrorCode::kInternal, "http.header_malformed",
              "a header could not be sent; its name must be a token and its value one line",
              std::string("header ").append(culprit));
}

Status append_fields(std::string& out, const Headers& headers) {
  if (!headers.sound()) return malformed(headers);
  bool plain = std::ranges::none_of(headers, is_connection_field, &HeaderField::name);
  if (plain) {
    out.append(headers.lines());
    return {};
  }
  for (const auto& [name, value] : headers) {
    if (!is_connection_field(name)) append_field(out, name, value);
  }
  return {};
}

}  // namespace

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_field(std::string& out, std::string_view name, std::uint64_t value) {
  char digits[20];
  auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  append_field(out, name, std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

Status append_response_head(std::string& out, int status, const Headers& headers) {
  BW_CHECK(status >= 100 && status <= 999);
  char digits[3] = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10),
                    static_cast<char>('0' + status % 10)};
  out.append("HTTP/1.1 ").append(digits, 3).append(" ").append(reason_phrase(status)).append("\r\n");
  return append_fields(out, headers);
}

Status append_request_head(std::string& out, std::string_view method, std::string_view target,
                           const Headers& headers) {
  if (method.empty() || !is_target(method) || !is_target(target)) {
    return fail(ErrorCode::kInternal, "http.header_malformed",
                "a request could not be sent; percent-encode spaces and other bytes of its target that are "
                "not ASCII");
  }
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  return append_fields(out, headers);
}

std::string_view date_field() {
  thread_local std::time_t formatted_at = 0;
  thread_local std::string field;
  std::time_t now = std::time(nullptr);
  if (now != formatted_at) {
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    char text[64];
    std::size_t size = std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    field.assign(text, size);
    formatted_at = now;
  }
  return field;
}

}  // namespace bailiwick::net
