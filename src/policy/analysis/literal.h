// Literal: one thing that must hold of terms. Alternatives and choices: what may hold instead.
#pragma once

#include "policy/analysis/terms.h"
#include "policy/cedar/extension.h"

namespace bailiwick::cedar::analysis {

struct Literal {
  enum class Kind : std::uint8_t {
    kKinds,     ///< a is of one of `kinds`
    kEqual,     ///< a == b, both present
    kDiffer,    ///< a != b, both present
    kAtMost,    ///< a - b <= bound; kNoTerm is zero
    kSum,       ///< a = b + c, exactly
    kProduct,   ///< a = b * c, exactly
    kFunction,  ///< a = function(b), exactly
    kLike,      ///< a like pattern
    kUnlike,
    kIn,  ///< a in b, entities
    kNotIn,
    kIs,  ///< a is name
    kIsNot,
    kMember,  ///< set a contains b
    kNotMember,
    kSubset,        ///< every element of a is in b
    kDisjoint,      ///< a and b have no element in common
    kEmpty,         ///< set a
    kMembersKinds,  ///< every element of set a is of one of `kinds`
    kInNone,        ///< entity a is in no element of set b
    kInRange,       ///< address a lies in range b
    kNotInRange,
  };
  Kind kind = Kind::kKinds;
  Kinds kinds = 0;
  ExtensionFunction function = {};
  TermId a = kNoTerm, b = kNoTerm, c = kNoTerm;
  Wide bound = 0;
  const Pattern* pattern = nullptr;
  std::string_view name;

  friend bool operator==(const Literal&, const Literal&) = default;

  static Literal kinds_of(TermId a, Kinds kinds) { return {.kinds = kinds, .a = a}; }
  static Literal of(Kind kind, TermId a, TermId b = kNoTerm) { return {.kind = kind, .a = a, .b = b}; }
  static Literal equal(TermId a, TermId b) { return of(Kind::kEqual, a, b); }
  static Literal differ(TermId a, TermId b) { return of(Kind::kDiffer, a, b); }
  static Literal at_most(TermId a, TermId b, Wide bound) {
    return {.kind = Kind::kAtMost, .a = a, .b = b, .bound = bound};
  }
  /// a >= bound
  static Literal at_least(TermId a, Wide bound) { return at_most(kNoTerm, a, -bound); }
};
using Literals = std::vector<Literal>;

/// How an expression may come out. Failing includes giving no boolean where one is needed.
using Outcomes = std::uint8_t;
inline constexpr Outcomes kTrue = 1, kFalse = 2, kFails = 4;
inline constexpr Outcomes kNotTrue = kFalse | kFails;
inline constexpr Outcomes kAnyOutcome = kTrue | kNotTrue;

struct Goal {
  const Expr* expression = nullptr;
  Outcomes outcomes = kTrue;
};

/// That an expression which stands for a value, such as `if a then b else c`, stands for `stands_for` here.
struct Resolution {
  const Expr* expression = nullptr;
  const Expr* stands_for = nullptr;  ///< null: for `value`
  TermId value = kNoTerm;
};

/// All of this together.
struct Alternative {
  Literals literals = {};
  std::vector<Goal> goals = {};
  std::vector<Resolution> resolutions = {};
};
/// One of these. None: impossible.
using Choice = std::vector<Alternative>;

}  // namespace bailiwick::cedar::analysis
