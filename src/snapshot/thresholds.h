// Thresholds: the bounds of scores that policies/evaluation.yaml gives, and which of them hold where a
// program's file bounds a score that the tenant's bounds too. evaluation_rules.h makes rules of them.
#pragma once

#include "base/binding.h"
#include "policy/priority.h"

namespace bailiwick::snapshot {

/// One of Cedar's decimals, for that is what rules compare with.
struct Bound {
  std::int64_t ten_thousandths = 0;
  auto operator<=>(const Bound&) const = default;
};

/// Bounds of one score. A score that is absent is not checked.
struct ScoreBounds {
  std::optional<Bound> min;
  std::optional<Bound> max;
  bool critical = false;
  policy::PriorityClass priority = policy::PriorityClass::kDefault;
  bool operator==(const ScoreBounds&) const = default;

  /// Some score keeps them.
  bool can_be_kept() const { return !min || !max || *min <= *max; }
};
template <class Visitor>
void describe(Visitor& v, ScoreBounds& bounds) {
  v.field("min", bounds.min, "The least that passes; four digits behind the point at most.");
  v.field("max", bounds.max, "The most that passes, likewise.");
  v.field("critical", bounds.critical,
          "One failure of it fails the whole evaluation, and so does leaving it out.");
  v.field("priority", bounds.priority,
          "What it serves: chooses between the tenant's bounds and a program's.");
  v.require(bounds.min || bounds.max, "give min, max or both");
  v.require(bounds.can_be_kept(), "min must not be above max");
}

/// Those of the weightier priority class; within one class whatever is stricter, bound by bound.
ScoreBounds prevailing(const ScoreBounds& tenants, const ScoreBounds& programs);

struct Thresholds {
  /// By name of the score: faithfulness, answer_relevancy, context_precision, context_recall, ndcg@10, …
  std::map<std::string, ScoreBounds> by_score;
};

}  // namespace bailiwick::snapshot

namespace bailiwick {

template <>
struct Binding<snapshot::Bound> {
  static bool read(BindContext& c, const Node& n, snapshot::Bound& out, const Rule& r);
  static json::object schema(const Rule& r) { return number_schema("number", r); }
};

/// Adds to what is there: a program's file is read over the tenant's, and where both bound a score, what
/// prevails holds.
template <>
struct Binding<snapshot::Thresholds> {
  static bool read(BindContext& c, const Node& n, snapshot::Thresholds& out, const Rule& r);
  static json::object schema(const Rule& r);
};

}  // namespace bailiwick
