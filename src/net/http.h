// The parts of HTTP messages that client and server share. Knows no business.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bailiwick::net {

struct HeaderField {
  std::string name;
  std::string value;
};

/// Header fields in order; names compare without case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<HeaderField> fields) : fields_(fields) {}
  void add(std::string_view name, std::string_view value) {
    fields_.push_back({std::string(name), std::string(value)});
  }
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  /// First value, or null.
  const std::string* find(std::string_view name) const;
  /// First value, or empty.
  std::string_view get(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }
  void clear() { fields_.clear(); }

 private:
  std::vector<HeaderField> fields_;
};

bool equals_ignoring_case(std::string_view a, std::string_view b);

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
