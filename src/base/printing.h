// Printing: the third reading of a description (see binding.h): a described structure as JSON.
//
// Members that are absent (empty optionals) print as null; a described answer so always has every key.
#pragma once

#include <cmath>

#include "base/binding.h"

namespace bailiwick {

/// In the largest unit that holds it whole, such as `90s`; parse_duration reads it back.
std::string format_duration(std::chrono::milliseconds duration);

template <class T>
struct Printing {
  static json::value print(const T& value) { return json::value(value); }
};
/// A whole number without a fraction or an exponent, though its field may hold others.
template <>
struct Printing<double> {
  static json::value print(double value) {
    constexpr double kExact = 9'007'199'254'740'992;  // 2^53
    bool whole = value == std::trunc(value) && std::abs(value) < kExact;
    return whole ? json::value(static_cast<std::int64_t>(value)) : json::value(value);
  }
};
template <>
struct Printing<std::string> {
  static json::value print(const std::string& value) { return json::string(value); }
};
template <>
struct Printing<Json> {
  static json::value print(const Json& value) { return value.value; }
};
template <>
struct Printing<PicoDollars> {
  static json::value print(PicoDollars value) { return json::string(value.to_decimal()); }
};
template <>
struct Printing<std::chrono::milliseconds> {
  static json::value print(std::chrono::milliseconds value) { return json::string(format_duration(value)); }
};
template <BoundEnum E>
struct Printing<E> {
  static json::value print(E value) { return json::string(name_of(value)); }
};
template <class T>
struct Printing<std::optional<T>> {
  static json::value print(const std::optional<T>& value) {
    return value ? Printing<T>::print(*value) : json::value(nullptr);
  }
};
template <class T>
struct Printing<std::vector<T>> {
  static json::value print(const std::vector<T>& value) {
    json::array out;
    out.reserve(value.size());
    for (const T& item : value) out.push_back(Printing<T>::print(item));
    return out;
  }
};
template <class T>
struct Printing<std::map<std::string, T>> {
  static json::value print(const std::map<std::string, T>& value) {
    json::object out;
    for (const auto& [key, item] : value) out.emplace(key, Printing<T>::print(item));
    return out;
  }
};
template <ParsedText T>
struct Printing<T> {
  static json::value print(const T& value) { return json::string(value.str()); }
};

/// Prints one mapping, in the order of the description.
class FieldPrinter {
 public:
  template <class T>
  void field(std::string_view key, T& member, std::string_view, const Rule& = {}) {
    out_.emplace(key, Printing<T>::print(member));
  }
  template <class T>
  void required(std::string_view key, T& member, std::string_view doc, const Rule& rule = {}) {
    field(key, member, doc, rule);
  }
  void require(bool, std::string) {}
  bool given(std::string_view) const { return false; }
  json::object finish() { return std::move(out_); }

 private:
  json::object out_;
};

template <Described T>
struct Printing<T> {
  static json::value print(const T& value) {
    FieldPrinter printer;
    describe(printer, const_cast<T&>(value));  // the printer only reads
    return printer.finish();
  }
};

template <class T>
json::value to_json_value(const T& value) {
  return Printing<T>::print(value);
}

}  // namespace bailiwick
