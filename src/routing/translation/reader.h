// Reader: one object of a caller's request, with its place, read against the table of what its members may
// be. Nothing that the table does not name passes in silence.
#pragma once

#include <optional>
#include <span>

#include "base/json.h"
#include "routing/translation/conversation.h"
#include "routing/translation/refusals.h"

namespace bailiwick::routing::translation {

enum class Treatment {
  kCarried,  ///< read by its codec
  kHint,     ///< dropped: it changes no answer, or only how it is kept, billed or found again
  kDefault,  ///< dropped when it says what would hold without it, refused otherwise
};

struct MemberRule {
  std::string_view name;
  Treatment treatment = Treatment::kCarried;
  std::string_view defaults = {};  ///< of kDefault: texts, or numbers and others as JSON, apart by `|`
};

class Reader {
 public:
  /// All outlive it.
  Reader(const json::object& object, std::string pointer, Refusals& refusals)
      : object_(object), pointer_(std::move(pointer)), refusals_(refusals) {}

  /// Refuses what no rule lets through. null stands for absent.
  void check(std::span<const MemberRule> rules) const;

  const std::string& pointer() const { return pointer_; }
  std::string at(std::string_view key) const { return below(pointer_, key); }
  Refusals& refusals() const { return refusals_; }
  void unsupported(std::string_view key, std::string_view what) const {
    refusals_.unsupported(at(key), what);
  }
  void malformed(std::string_view key, std::string_view what) const { refusals_.malformed(at(key), what); }

  /// Null when absent or null.
  const json::value* find(std::string_view key) const;
  /// Empty when absent; of another type: malformed.
  std::string_view text(std::string_view key) const;
  /// The same, and absent is malformed too.
  std::string_view required_text(std::string_view key) const;
  std::optional<Given<double>> number(std::string_view key) const;
  std::optional<Given<std::int64_t>> whole(std::string_view key) const;
  std::optional<Given<bool>> flag(std::string_view key) const;
  std::optional<Reader> object(std::string_view key) const;
  /// Calls `each(Reader)` for the items of a list of objects.
  template <class Each>
  void items(std::string_view key, Each each) const {
    const json::array* list = array(key);
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      if (const json::object* item = (*list)[i].if_object())
        each(Reader(*item, below(at(key), i), refusals_));
      else
        refusals_.malformed(below(at(key), i), "an object is expected");
    }
  }
  /// A copy of an object member; empty when absent.
  json::object copy(std::string_view key) const;

 private:
  const json::array* array(std::string_view key) const;

  const json::object& object_;
  std::string pointer_;
  Refusals& refusals_;
};

}  // namespace bailiwick::routing::translation
