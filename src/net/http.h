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

/// Header fields in order; names compare without case. Cleared and filled again, it reuses the memory it has.
class Headers {
 public:
  using Iterator = std::vector<HeaderField>::const_iterator;

  Headers() = default;
  Headers(std::initializer_list<HeaderField> fields) : fields_(fields), size_(fields.size()) {}
  Headers(const Headers& other) : fields_(other.begin(), other.end()), size_(other.size_) {}
  Headers(Headers&& other) noexcept
      : fields_(std::move(other.fields_)), size_(std::exchange(other.size_, 0)) {}
  Headers& operator=(Headers other) noexcept {
    fields_.swap(other.fields_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Headers() = default;

  void add(std::string_view name, std::string_view value);
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  /// First value, or null.
  const std::string* find(std::string_view name) const;
  /// First value, or empty.
  std::string_view get(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  Iterator begin() const { return fields_.begin(); }
  Iterator end() const { return fields_.begin() + static_cast<std::ptrdiff_t>(size_); }
  std::size_t size() const { return size_; }
  void clear() { size_ = 0; }

 private:
  std::vector<HeaderField> fields_;  ///< those from `size_` on are spare
  std::size_t size_ = 0;
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
