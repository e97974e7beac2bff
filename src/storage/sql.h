// The storage port: SQL text that was written in the source, values, rows.
//
// Only a string literal becomes a statement (the constructors are consteval), so no text from outside can. A
// TenantSql must name `:tenant`; the session binds it from the permit, and a statement without it does not
// compile.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace bailiwick::storage {

using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

/// A named value for a statement: `{":id", id}`.
struct Param {
  std::string_view name;
  std::variant<std::monostate, std::int64_t, double, std::string_view> value;

  Param(std::string_view n, std::string_view v) : name(n), value(v) {}
  Param(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
  Param(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  Param(std::string_view n, std::int64_t v) : name(n), value(v) {}
  Param(std::string_view n, double v) : name(n), value(v) {}
  Param(std::string_view n, std::nullptr_t) : name(n) {}
};
using Params = std::initializer_list<Param>;

class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}
  /// By position. A value of another type is a broken invariant: the schema is ours.
  std::int64_t integer(std::size_t column) const;
  double real(std::size_t column) const;
  const std::string& text(std::size_t column) const;
  bool is_null(std::size_t column) const;
  std::size_t size() const { return values_.size(); }

 private:
  std::vector<Value> values_;
};

namespace detail {
void sql_must_name_tenant();  // never defined: a call to it in a constant expression does not compile
}

/// SQL over a tenant's own data.
class TenantSql {
 public:
  consteval TenantSql(const char* text) : text_(text) {  // NOLINT(google-explicit-constructor): literals only
    if (text_.find(":tenant") == std::string_view::npos) detail::sql_must_name_tenant();
  }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// SQL over the platform's tables.
class PlatformSql {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): literals only
  consteval PlatformSql(const char* text) : text_(text) {}
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// A schema step of one room: applied once, in order of `version`, under a lock.
struct Migration {
  std::string_view room;  ///< `corpus`, `identity`, …
  int version;            ///< 1, 2, …
  std::string_view sql;   ///< may hold several statements
};

}  // namespace bailiwick::storage
