#include "policy/analysis/numbers.h"

#include <algorithm>
#include <array>

namespace bailiwick::cedar::analysis {
namespace {

constexpr Wide kDay = 86'400'000;
// Far beyond every sum of two numbers, and far from overflow when a few are added.
constexpr Wide kFar = Wide{1} << 100;
constexpr int kRounds = 24;
constexpr int kTries = 300;

Wide floor_to(Wide x, Wide unit) {
  Wide rest = x % unit;
  return x - (rest < 0 ? rest + unit : rest);
}

Wide unit_of(ExtensionFunction function) {
  switch (function) {
    case ExtensionFunction::kToSeconds:
      return 1000;
    case ExtensionFunction::kToMinutes:
      return 60'000;
    case ExtensionFunction::kToHours:
      return 3'600'000;
    case ExtensionFunction::kToDays:
      return kDay;
    default:
      return 1;
  }
}

Wide within(Wide x) {
  return std::clamp(x, -kFar, kFar);
}

}  // namespace

Wide Numbers::apply(ExtensionFunction function, Wide x) {
  if (function == ExtensionFunction::kToDate) return floor_to(x, kDay);
  if (function == ExtensionFunction::kToTime) return x - floor_to(x, kDay);
  return x / unit_of(function);
}

std::size_t Numbers::add(Wide low, Wide high) {
  low_.push_back(low);
  high_.push_back(high);
  return low_.size() - 1;
}

void Numbers::at_most(std::size_t a, std::size_t b, Wide bound) {
  if (b == 0)
    high_[a] = std::min(high_[a], bound);
  else if (a == 0)
    low_[b] = std::max(low_[b], -bound);
  else
    edges_.push_back({a, b, bound});
}

bool Numbers::raise(std::size_t node, Wide low) {
  if (low <= low_[node]) return true;
  low_[node] = low;
  changed_ = true;
  return low <= high_[node];
}

bool Numbers::lower(std::size_t node, Wide high) {
  if (high >= high_[node]) return true;
  high_[node] = high;
  changed_ = true;
  return low_[node] <= high;
}

bool Numbers::close_differences() {
  std::size_t n = low_.size();
  distance_.assign(n * n, kFar * 4);
  auto at = [&](std::size_t a, std::size_t b) -> Wide& { return distance_[a * n + b]; };
  auto tighten = [&](std::size_t a, std::size_t b, Wide bound) { at(a, b) = std::min(at(a, b), bound); };
  for (std::size_t i = 0; i < n; ++i) {
    at(i, i) = 0;
    if (low_[i] > high_[i]) return false;
    tighten(i, 0, high_[i]);
    tighten(0, i, -low_[i]);
  }
  for (const Edge& edge : edges_) tighten(edge.a, edge.b, edge.bound);
  for (const Triple& s : sums_) {
    // What is known of one part bounds the difference of the others.
    auto link = [&](std::size_t x, std::size_t y) {
      tighten(s.z, x, high_[y]);
      tighten(x, s.z, -low_[y]);
    };
    link(s.x, s.y);
    link(s.y, s.x);
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) tighten(i, j, at(i, k) + at(k, j));
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (at(i, i) < 0 || !lower(i, at(i, 0)) || !raise(i, -at(0, i))) return false;
  }
  return true;
}

bool Numbers::close_sums() {
  return std::ranges::all_of(sums_, [&](const Triple& s) {
    return raise(s.z, low_[s.x] + low_[s.y]) && lower(s.z, high_[s.x] + high_[s.y]) &&
           raise(s.x, low_[s.z] - high_[s.y]) && lower(s.x, high_[s.z] - low_[s.y]) &&
           raise(s.y, low_[s.z] - high_[s.x]) && lower(s.y, high_[s.z] - low_[s.x]);
  });
}

bool Numbers::close_products() {
  return std::ranges::all_of(products_, [&](const Triple& p) {
    constexpr Wide kLimit = Wide{1} << 63;
    for (std::size_t node : {p.x, p.y}) {
      if (low_[node] < -kLimit || high_[node] > kLimit) return true;  // the product might not fit
    }
    std::array<Wide, 4> ends = {low_[p.x] * low_[p.y], low_[p.x] * high_[p.y], high_[p.x] * low_[p.y],
                                high_[p.x] * high_[p.y]};
    auto [least, most] = std::ranges::minmax(ends);
    // Beyond what is far, a product counts as far.
    if (!raise(p.z, within(least)) || !lower(p.z, within(most))) return false;
    if (low_[p.z] <= -kFar || high_[p.z] >= kFar) return true;
    // A constant factor bounds the other.
    for (auto [x, y] : {std::pair(p.x, p.y), std::pair(p.y, p.x)}) {
      Wide factor = low_[y];
      if (factor != high_[y] || factor == 0) continue;
      Wide from = factor > 0 ? low_[p.z] : -high_[p.z], to = factor > 0 ? high_[p.z] : -low_[p.z];
      Wide size = factor > 0 ? factor : -factor;
      if (!raise(x, -floor_to(-from, size) / size) || !lower(x, floor_to(to, size) / size)) return false;
    }
    return true;
  });
}

bool Numbers::close_functions() {
  using F = ExtensionFunction;
  return std::ranges::all_of(functions_, [&](const Application& f) {
    if (f.function == F::kToTime) {
      if (!raise(f.z, 0) || !lower(f.z, kDay - 1)) return false;
      if (floor_to(low_[f.x], kDay) != floor_to(high_[f.x], kDay)) return true;
      Wide day = floor_to(low_[f.x], kDay);
      return raise(f.z, low_[f.x] - day) && lower(f.z, high_[f.x] - day) && raise(f.x, day + low_[f.z]) &&
             lower(f.x, day + high_[f.z]);
    }
    if (!raise(f.z, apply(f.function, low_[f.x])) || !lower(f.z, apply(f.function, high_[f.x]))) return false;
    if (f.function == F::kToDate) {
      return raise(f.z, -floor_to(-low_[f.z], kDay)) && lower(f.z, floor_to(high_[f.z], kDay)) &&
             raise(f.x, low_[f.z]) && lower(f.x, high_[f.z] + kDay - 1);
    }
    Wide unit = unit_of(f.function), rest = unit - 1;
    return raise(f.x, low_[f.z] * unit - (low_[f.z] > 0 ? 0 : rest)) &&
           lower(f.x, high_[f.z] * unit + (high_[f.z] < 0 ? 0 : rest));
  });
}

bool Numbers::close_inequalities() {
  return std::ranges::all_of(differ_, [&](const auto& pair) {
    if (same(pair.first, pair.second)) return false;
    for (auto [x, y] : {pair, std::pair(pair.second, pair.first)}) {
      if (low_[y] != high_[y]) continue;
      if (low_[x] == low_[y] && !raise(x, low_[x] + 1)) return false;
      if (high_[x] == low_[y] && !lower(x, high_[x] - 1)) return false;
    }
    return true;
  });
}

bool Numbers::close() {
  for (int round = 0; round < kRounds; ++round) {
    changed_ = false;
    if (!close_differences() || !close_sums() || !close_products() || !close_functions() ||
        !close_inequalities()) {
      return false;
    }
    if (!changed_) return true;
  }
  return true;  // bounds that still creep are left to whoever chooses values
}

bool Numbers::same(std::size_t a, std::size_t b) const {
  if (a == b) return true;
  std::size_t n = low_.size();
  if (distance_.size() != n * n) return false;
  return distance_[a * n + b] <= 0 && distance_[b * n + a] <= 0;
}

std::vector<Wide> Numbers::candidates(std::size_t node) const {
  Wide low = low_[node], high = high_[node];
  std::vector<Wide> found;
  auto propose = [&](Wide x) {
    if (x >= low && x <= high && std::ranges::find(found, x) == found.end()) found.push_back(x);
  };
  for (const Application& f : functions_) {
    if (f.x != node || f.function != ExtensionFunction::kToTime) continue;
    // A time of day: today's, as near to zero as it may be, or tomorrow's.
    Wide day = floor_to(std::clamp(Wide{0}, low, high), kDay);
    for (Wide time : {low_[f.z], high_[f.z]}) {
      for (Wide start : {day, day + kDay, day - kDay}) propose(start + time);
    }
  }
  Wide start = std::clamp(Wide{0}, low, high);
  for (Wide step = 0; step < 40 && found.size() < 40; ++step) {
    propose(start + step);
    propose(start - step);
  }
  propose(low);
  propose(high);
  return found;
}

bool Numbers::assign(int& tries) {
  // What a function is applied to comes first: its value follows.
  auto is_open = [&](std::size_t node) { return low_[node] != high_[node]; };
  auto input = std::ranges::find_if(functions_, [&](const Application& f) { return is_open(f.x); });
  std::size_t node = input == functions_.end() ? 1 : input->x;
  while (node < low_.size() && !is_open(node)) ++node;
  if (node == low_.size()) return true;
  for (Wide x : candidates(node)) {
    if (--tries < 0) return false;
    Numbers next = *this;
    next.low_[node] = next.high_[node] = x;
    if (!next.close() || !next.assign(tries)) continue;
    *this = std::move(next);
    return true;
  }
  return false;
}

std::optional<std::vector<Wide>> Numbers::values() const {
  Numbers chosen = *this;
  int tries = kTries;
  if (!chosen.assign(tries)) return std::nullopt;
  for (Wide& value : chosen.low_) value = within(value);
  return chosen.low_;
}

}  // namespace bailiwick::cedar::analysis
