// Terms: what the conditions of a few policies speak of, each once.
//
// `principal`, `context.request.ip`, a constant, a set of other terms, or something that must exist without
// having a name (`kUnknown`). A term stands for one value in one request, or for nothing: an attribute that
// is not there is a term of kind "absent".
#pragma once

#include <deque>
#include <vector>

#include "policy/cedar/value.h"

namespace bailiwick::cedar::analysis {

using TermId = std::uint32_t;
inline constexpr TermId kNoTerm = 0xFFFFFFFF;
/// Wide enough for every sum and difference of two of Cedar's numbers.
__extension__ using Wide = __int128;

/// A set of kinds of values, one bit each; the bit of kError says "absent".
using Kinds = std::uint16_t;
constexpr Kinds only(ValueKind kind) {
  return static_cast<Kinds>(1U << static_cast<unsigned>(kind));
}
inline constexpr Kinds kAbsent = only(ValueKind::kError);
inline constexpr Kinds kAnyKind = (1U << 11) - 1;
inline constexpr Kinds kPresent = kAnyKind & ~kAbsent;
inline constexpr Kinds kNumbers = only(ValueKind::kBool) | only(ValueKind::kLong) |
                                  only(ValueKind::kDecimal) | only(ValueKind::kDatetime) |
                                  only(ValueKind::kDuration);
constexpr bool is_single(Kinds kinds) {
  return kinds != 0 && (kinds & (kinds - 1)) == 0;
}
/// Of a single one.
ValueKind kind_of(Kinds single);

struct Term {
  enum class Shape { kVariable, kConstant, kAttribute, kTag, kSet, kRecord, kComputed, kUnknown };
  Shape shape = Shape::kUnknown;
  Variable variable = Variable::kPrincipal;
  Value value;                          ///< of kConstant
  TermId object = kNoTerm;              ///< of kAttribute and kTag
  TermId key = kNoTerm;                 ///< of kTag
  std::string_view name;                ///< of kAttribute
  std::vector<TermId> parts;            ///< of kSet, kRecord and kComputed
  std::vector<std::string_view> names;  ///< of kRecord, one a part
  std::uint64_t origin = 0;             ///< of kUnknown: what it was made for
  std::uint32_t role = 0;               ///< and of kComputed: by what
};

class Terms {
 public:
  TermId variable(Variable variable);
  /// A value of any kind but set and record.
  TermId constant(const Value& value);
  TermId entity(const EntityUid& uid);
  TermId boolean(bool value) { return constant(Value::boolean(value)); }
  TermId attribute(TermId object, std::string_view name);
  TermId tag(TermId object, TermId key);
  TermId set(std::vector<TermId> elements);
  TermId record(std::vector<std::string_view> names, std::vector<TermId> fields);
  /// What an operation of this number gives for these operands.
  TermId computed(std::uint32_t operation, std::vector<TermId> operands);
  /// The same one for the same origin and role.
  TermId unknown(std::uint64_t origin, std::uint32_t role);

  const Term& operator[](TermId id) const { return terms_[id]; }
  TermId size() const { return static_cast<TermId>(terms_.size()); }
  Arena& arena() { return arena_; }

 private:
  template <class Same>
  TermId find_or_add(Term made, Same same);

  Arena arena_;
  std::deque<Term> terms_;
};

}  // namespace bailiwick::cedar::analysis
