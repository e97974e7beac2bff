#include "routing/selection.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bailiwick::routing {
namespace {

using Targets = std::span<const PlannedTarget*>;

void bring_to_front(Targets targets, std::size_t chosen) {
  std::rotate(targets.begin(), targets.begin() + static_cast<std::ptrdiff_t>(chosen),
              targets.begin() + static_cast<std::ptrdiff_t>(chosen) + 1);
}

/// Smallest key first; equals stay as they are. The lists are short, so insertion does.
template <class KeyOf>
void order_by(Targets targets, KeyOf key_of) {
  using Key = std::invoke_result_t<KeyOf, const PlannedTarget*>;
  boost::container::static_vector<std::pair<Key, const PlannedTarget*>, Candidates::kMost> ordered;
  for (const PlannedTarget* target : targets) {
    Key key = key_of(target);
    auto place = ordered.end();
    while (place != ordered.begin() && key < std::prev(place)->first) --place;
    ordered.emplace(place, key, target);
  }
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = ordered[i].second;
}

std::uint64_t mix(std::uint64_t word) {  // the finalizer of SplitMix64
  word += 0x9e3779b97f4a7c15;
  word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
  word = (word ^ word >> 27) * 0x94d049bb133111eb;
  return word ^ word >> 31;
}

/// In (0, 1).
double fraction(std::uint64_t word) {
  return (static_cast<double>(word >> 11) + 0.5) * 0x1p-53;
}

std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  for (char c : text) seed = mix(seed ^ static_cast<unsigned char>(c));
  return mix(seed);
}

/// Steps of the golden ratio fill the circle evenly, so that any run of calls comes close to the weights.
void choose_by_weight(Targets targets, std::uint64_t turn) {
  std::int64_t sum = 0;
  for (const PlannedTarget* target : targets) sum += target->weight;
  double position = fraction(turn * 0x9e3779b97f4a7c15) * static_cast<double>(sum);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    position -= static_cast<double>(targets[i]->weight);
    if (position < 0) return bring_to_front(targets, i);
  }
}

/// Weighted rendezvous: a session moves only when its own target leaves or loses weight.
void choose_by_session(Targets targets, std::string_view session) {
  order_by(targets, [session](const PlannedTarget* target) {
    double drawn = fraction(hash(target->model(), hash(target->provider_name(), hash(session, 0))));
    return target->weight == 0 ? std::numeric_limits<double>::infinity()
                               : -std::log(drawn) / static_cast<double>(target->weight);
  });
}

double expected_wait(const PlannedTarget* target) {
  return target->health ? target->health->expected_wait() : 0;
}

/// The better of two at random: nearly as good as the best of all, and no herd runs to one.
void choose_by_latency(Targets targets, std::uint64_t turn) {
  std::uint64_t drawn = mix(turn);
  std::size_t one = drawn % targets.size();
  std::size_t other = (one + 1 + (drawn >> 32) % (targets.size() - 1)) % targets.size();
  bring_to_front(targets, expected_wait(targets[other]) < expected_wait(targets[one]) ? other : one);
}

/// Empty: not known.
std::optional<PicoDollars> expected_cost(const PlannedTarget* target, const SelectionFacts& facts) {
  if (target->is_local()) return PicoDollars();
  if (target->price == nullptr) return std::nullopt;
  return target->price->cost({.input = facts.input_tokens, .output = facts.output_tokens});
}

void choose_by_cost(Targets targets, const SelectionFacts& facts) {
  order_by(targets, [&](const PlannedTarget* target) {
    return expected_cost(target, facts).value_or(PicoDollars::largest());
  });
}

void choose(Targets targets, snapshot::SplitBy by, const SelectionFacts& facts) {
  switch (by) {
    case snapshot::SplitBy::kWeight:
      return choose_by_weight(targets, facts.turn);
    case snapshot::SplitBy::kSticky:
      return choose_by_session(targets, facts.session);
    case snapshot::SplitBy::kLatency:
      return choose_by_latency(targets, facts.turn);
    case snapshot::SplitBy::kCost:
      return choose_by_cost(targets, facts);
  }
}

/// What is not known yet counts as kept, so that who was set back gets to show that it is well again. `local`
/// is what remains, never what is preferred.
bool keeps(const PlannedTarget* target, const snapshot::RouterSla& sla, MonoTime now) {
  if (target->is_local()) return false;
  if (sla.error_rate_max && target->health->error_share(now).value_or(0) > *sla.error_rate_max) return false;
  if (!sla.p95_latency_ms) return true;
  auto p95 = target->health->p95(now);
  return !p95 || *p95 <= std::chrono::milliseconds(*sla.p95_latency_ms);
}

}  // namespace

void arrange(Candidates& candidates, const snapshot::RouterConfig& config, const SelectionFacts& facts) {
  Targets split = candidates.split();
  if (split.size() > 1) choose(split, config.routing.split->by, facts);
  const snapshot::RouterSla& sla = config.sla;
  if (candidates.targets().size() < 2 || (!sla.p95_latency_ms && !sla.error_rate_max)) return;
  order_by(candidates.targets(),
           [&](const PlannedTarget* target) { return keeps(target, sla, facts.now) ? 0 : 1; });
}

}  // namespace bailiwick::routing
