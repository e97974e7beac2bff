#include "net/http.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

#include "base/byte_words.h"

namespace bailiwick::net {
namespace {

constexpr std::size_t kUsualFields = 24, kUsualBytes = 1000;

constexpr std::array<unsigned char, 256> find_token_bytes() {
  std::array<unsigned char, 256> bytes{};
  constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
  for (unsigned c = 0; c < 256; ++c) {
    bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bytes[c] = alphanumeric || kTokenMarks.find(static_cast<char>(c)) != std::string_view::npos ? 1 : 0;
  }
  return bytes;
}

constexpr auto kTokenBytes = find_token_bytes();

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    char lower = static_cast<char>(a[i] | 0x20);
    if (lower != (b[i] | 0x20) || lower < 'a' || lower > 'z') return false;
  }
  return true;
}

bool is_token(std::string_view text) {
  unsigned good = 1;
  for (char c : text) good &= kTokenBytes[static_cast<unsigned char>(c)];
  return good != 0 && !text.empty();
}

bool is_field_value(std::string_view text) {
  auto has_control = [](ByteWord word) { return word.has_below(0x20) || word.has(0x7f); };
  if (!any_word(text, has_control)) return true;
  return std::ranges::all_of(text, [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
  });
}

Headers::Headers(std::initializer_list<HeaderField> fields) {
  for (const HeaderField& field : fields) add(field);
}

bool Headers::holds(std::string_view text) const {
  std::less_equal<> before;
  return before(lines_.data(), text.data()) && before(text.data(), lines_.data() + lines_.size());
}

void Headers::append(std::string_view name, std::string_view value) {
  if (places_.empty()) places_.reserve(kUsualFields), lines_.reserve(kUsualBytes);
  Place place{lines_.size(), name.size(), value.size()};
  // The size that libstdc++ 12 passes to the function may be larger than what was asked for.
  lines_.resize_and_overwrite(place.end(), [&](char* lines, std::size_t) {
    char* at = lines + place.begin;
    std::memcpy(at, name.data(), name.size());
    std::memcpy(at += name.size(), ": ", 2);
    std::memcpy(at += 2, value.data(), value.size());
    std::memcpy(at + value.size(), "\r\n", 2);
    return place.end();
  });
  places_.push_back(place);
}

void Headers::add(const HeaderField& field) {
  const auto& [name, value] = field;
  if (holds(name) || holds(value)) return add(HeaderField{std::string(name), std::string(value)});
  append(name, value);
  sound_ = sound_ && is_token(name) && is_field_value(value);
}

void Headers::add(FieldName name, std::string_view value) {
  if (holds(value)) return add(name, std::string(value));
  append(name.text(), value);
  sound_ = sound_ && is_field_value(value);
}

void Headers::set(FieldName name, std::string_view value) {
  remove(name.text());
  add(name, value);
}

void Headers::remove(std::string_view name) {
  Headers kept;
  for (const HeaderField& field : *this) {
    if (!equals_ignoring_case(field.name, name)) kept.add(field);
  }
  if (kept.size() != size()) *this = std::move(kept);
}

void Headers::overwrite(std::string_view name, std::string_view value) {
  for (const HeaderField& field : *this) {
    if (!equals_ignoring_case(field.name, name)) continue;
    BW_CHECK(field.value.size() == value.size());
    lines_.replace(static_cast<std::size_t>(field.value.data() - lines_.data()), value.size(), value);
    return;
  }
}

HeaderField Headers::field(std::size_t index) const {
  const Place& place = places_[index];
  const char* line = lines_.data() + place.begin;
  return {{line, place.name_size}, {line + place.name_size + 2, place.value_size}};
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const HeaderField& field : *this) {
    if (equals_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t found = 0;
  for (const HeaderField& field : *this) found += equals_ignoring_case(field.name, name) ? 1 : 0;
  return found;
}

void Headers::clear() {
  lines_.clear();
  places_.clear();
  sound_ = true;
}

const std::string* RequestHead::query_value(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 425:
      return "Too Early";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 529:
      return "Overloaded";
    default:
      return "Status";
  }
}

}  // namespace bailiwick::net
