// Id<Tag>: a string that cannot be mistaken for another kind of string.
//
// The tag says what it names (`struct Tag { static constexpr const char* kName = "run"; }`). Ids made outside
// are parsed by the type that owns their grammar; `Id::unchecked` is for values that come from our own store.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace bailiwick {

template <class Tag>
class Id {
 public:
  Id() = default;
  static Id unchecked(std::string value) { return Id(std::move(value)); }

  const std::string& str() const { return value_; }
  std::string_view view() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  explicit Id(std::string value) : value_(std::move(value)) {}
  std::string value_;
};

}  // namespace bailiwick

template <class Tag>
struct std::hash<bailiwick::Id<Tag>> {
  std::size_t operator()(const bailiwick::Id<Tag>& id) const { return std::hash<std::string>()(id.str()); }
};
