// The parts of HTTP messages that client and server share. Knows no business.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/short_text.h"

namespace bailiwick::net {

/// One field, seen inside the Headers that hold it; gone when they change.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};

/// The name of a field as this program spells it: looked at when it is compiled.
class FieldName {
 public:
  template <std::size_t Size>
  consteval FieldName(const char (&text)[Size]) : text_(text, Size - 1) {  // NOLINT(*-explicit-*)
    for (char c : text_) {
      bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
      if (!plain) throw "a field's name is letters, digits and dashes";
    }
  }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// Header fields in order, kept as the lines that go over the wire, so that a head is written with one copy
/// and read with no memory for each field. Names compare without case. Cleared and filled again, it reuses
/// what it has.
class Headers {
 public:
  class Iterator {
   public:
    using value_type = HeaderField;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(const Headers& headers, std::size_t index) : headers_(&headers), index_(index) {}
    HeaderField operator*() const { return headers_->field(index_); }
    Iterator& operator++() { return ++index_, *this; }
    Iterator operator++(int) { return {*headers_, index_++}; }
    bool operator==(const Iterator&) const = default;

   private:
    const Headers* headers_ = nullptr;
    std::size_t index_ = 0;
  };

  Headers() = default;
  Headers(std::initializer_list<HeaderField> fields);

  void add(const HeaderField& field);
  void add(FieldName name, std::string_view value);
  /// A field whose value the program has put together itself, of what can stand in a line: nothing looks at
  /// it again.
  template <std::size_t Size>
  void add_own(FieldName name, const ShortText<Size>& value) {
    append(name.text(), value.view());
  }
  void set(FieldName name, std::string_view value);
  void remove(std::string_view name);
  /// Puts another value, of the same size and sound, in the place of the first one.
  void overwrite(std::string_view name, std::string_view value);
  /// First value.
  std::optional<std::string_view> find(std::string_view name) const;
  /// First value, or empty.
  std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view()); }
  std::size_t count(std::string_view name) const;
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, places_.size()}; }
  std::size_t size() const { return places_.size(); }
  void clear();

  /// Every name is a token and every value one line, so the lines may go out as they are.
  bool sound() const { return sound_; }
  /// `Name: value` and a line end for each field.
  std::string_view lines() const { return lines_; }

 private:
  struct Place {
    std::size_t begin, name_size, value_size;
    std::size_t end() const { return begin + name_size + value_size + 4; }
  };
  HeaderField field(std::size_t index) const;
  bool holds(std::string_view text) const;
  void append(std::string_view name, std::string_view value);

  std::string lines_;
  std::vector<Place> places_;
  bool sound_ = true;
};

bool equals_ignoring_case(std::string_view a, std::string_view b);

/// What RFC 9110 lets stand for a method or the name of a field.
bool is_token(std::string_view text);
/// No control but the tab: what may stand in a field's value.
bool is_field_value(std::string_view text);

struct RequestHead {
  std::string method;  ///< as sent, upper case
  std::string target;  ///< as sent
  std::string path;    ///< percent-decoded once; has no `.`/`..` segment, no empty inner segment, no NUL
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order
  Headers headers;
  std::string peer;     ///< address of the other end
  bool secure = false;  ///< over TLS

  /// First query value, or null.
  const std::string* query_value(std::string_view name) const;
};

struct Response {
  int status = 200;
  Headers headers;  ///< Content-Length, Connection and Date are the server's to add
  std::string body;
};

/// `OK`, `Not Found`, …
std::string_view reason_phrase(int status);

}  // namespace bailiwick::net
