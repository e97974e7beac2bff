#include "snapshot/thresholds.h"

#include <algorithm>

#include "policy/decimal_range.h"
#include "snapshot/score_name.h"

namespace bailiwick::snapshot {
namespace {

using OwnBounds = std::map<std::string, ScoreBounds>;

/// Of two bounds that are given; otherwise the one that is.
template <class Choose>
std::optional<Bound> stricter(const std::optional<Bound>& a, const std::optional<Bound>& b, Choose choose) {
  return a && b ? std::optional(choose(*a, *b)) : a ? a : b;
}

}  // namespace

ScoreBounds prevailing(const ScoreBounds& tenants, const ScoreBounds& programs) {
  int tenants_weight = weight(tenants.priority), programs_weight = weight(programs.priority);
  if (tenants_weight != programs_weight) return tenants_weight > programs_weight ? tenants : programs;
  constexpr auto kHigher = [](Bound a, Bound b) { return std::max(a, b); };
  constexpr auto kLower = [](Bound a, Bound b) { return std::min(a, b); };
  return {.min = stricter(tenants.min, programs.min, kHigher),
          .max = stricter(tenants.max, programs.max, kLower),
          .critical = tenants.critical || programs.critical,
          .priority = std::max(tenants.priority, programs.priority)};
}

}  // namespace bailiwick::snapshot

namespace bailiwick {

using snapshot::Bound, snapshot::ScoreBounds, snapshot::Thresholds;

bool Binding<Bound>::read(BindContext& c, const Node& n, Bound& out, const Rule& r) {
  double number = 0;
  if (!read_scalar(c, n, number, r)) return false;
  auto range = policy::decimals_around(number);
  if (!range) return c.problem(n, "is beyond what decimals hold, ±922337203685477.58"), false;
  if (!range->is_exact()) return c.problem(n, "has more than four digits behind the point"), false;
  out.ten_thousandths = range->floor;
  return true;
}

bool Binding<Thresholds>::read(BindContext& c, const Node& n, Thresholds& out, const Rule& r) {
  snapshot::OwnBounds own;
  bool good = Binding<snapshot::OwnBounds>::read(c, n, own, r);
  good = snapshot::check_score_names(c, n) && good;
  for (const auto& [score, bounds] : own) {
    auto [known, added] = out.by_score.try_emplace(score, bounds);
    if (added) continue;
    known->second = snapshot::prevailing(known->second, bounds);
    if (known->second.can_be_kept()) continue;
    std::size_t mark = c.push(score);
    c.problem(*n.find(score), "with the tenant's bounds beside these no score passes");
    c.pop(mark);
    good = false;
  }
  return good;
}

json::object Binding<Thresholds>::schema(const Rule& r) {
  json::object schema = Binding<snapshot::OwnBounds>::schema(r);
  schema["propertyNames"] = json::object{{"pattern", json::string(snapshot::kScoreNamePattern)}};
  return schema;
}

}  // namespace bailiwick
