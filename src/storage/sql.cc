#include "storage/sql.h"

#include <fmt/format.h>

namespace bailiwick::storage {
namespace {

template <class T>
const T& expect(const std::vector<Value>& values, std::size_t column, std::string_view wanted) {
  constexpr std::string_view kTypes[] = {"NULL", "integer", "real", "text"};
  if (column >= values.size()) {
    throw InvariantViolation(fmt::format("column {} of a row of {}", column, values.size()));
  }
  if (const T* value = std::get_if<T>(&values[column])) return *value;
  throw InvariantViolation(
      fmt::format("column {} holds {}, not {}", column, kTypes[values[column].index()], wanted));
}

}  // namespace

std::int64_t Row::integer(std::size_t column) const {
  return expect<std::int64_t>(values_, column, "integer");
}
double Row::real(std::size_t column) const {
  return expect<double>(values_, column, "real");
}
const std::string& Row::text(std::size_t column) const {
  return expect<std::string>(values_, column, "text");
}
bool Row::is_null(std::size_t column) const {
  BW_CHECK(column < values_.size());
  return std::holds_alternative<std::monostate>(values_[column]);
}

}  // namespace bailiwick::storage
