// Numbers: integers that are bounded, compared, added and put through monotone functions.
//
// Exact for bounds and differences of two; sums of two unknowns, products and functions are followed by
// intervals. A contradiction that is found is one; one that is not found is met when values are chosen.
#pragma once

#include <optional>
#include <vector>

#include "policy/analysis/terms.h"
#include "policy/cedar/extension.h"

namespace bailiwick::cedar::analysis {

class Numbers {
 public:
  /// Node 0 is zero.
  Numbers() { add(0, 0); }

  std::size_t add(Wide low, Wide high);
  /// a - b <= bound
  void at_most(std::size_t a, std::size_t b, Wide bound);
  /// z = x + y
  void sum(std::size_t z, std::size_t x, std::size_t y) { sums_.push_back({z, x, y}); }
  void product(std::size_t z, std::size_t x, std::size_t y) { products_.push_back({z, x, y}); }
  void function(std::size_t z, ExtensionFunction function, std::size_t x) {
    functions_.push_back({z, x, function});
  }
  void differ(std::size_t a, std::size_t b) { differ_.push_back({a, b}); }

  /// Draws every conclusion. False: there is a contradiction.
  bool close();
  Wide low(std::size_t node) const { return low_[node]; }
  Wide high(std::size_t node) const { return high_[node]; }
  /// Two that are certain to be equal, or to differ by a constant otherwise known.
  bool same(std::size_t a, std::size_t b) const;
  /// A value for each node, near zero where it may be; nullopt when none was found. Closed before.
  std::optional<std::vector<Wide>> values() const;

  /// What the function gives for one number.
  static Wide apply(ExtensionFunction function, Wide x);

 private:
  struct Triple {
    std::size_t z, x, y;
  };
  struct Application {
    std::size_t z, x;
    ExtensionFunction function;
  };
  struct Edge {
    std::size_t a, b;
    Wide bound;
  };

  bool raise(std::size_t node, Wide low);
  bool lower(std::size_t node, Wide high);
  bool close_differences();
  bool close_sums();
  bool close_products();
  bool close_functions();
  bool close_inequalities();
  bool assign(int& tries);
  std::vector<Wide> candidates(std::size_t node) const;

  std::vector<Wide> low_, high_;
  std::vector<Edge> edges_;
  std::vector<Triple> sums_, products_;
  std::vector<Application> functions_;
  std::vector<std::pair<std::size_t, std::size_t>> differ_;
  std::vector<Wide> distance_;  // n × n: a - b is at most that
  bool changed_ = false;
};

}  // namespace bailiwick::cedar::analysis
