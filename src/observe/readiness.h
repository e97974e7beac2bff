// Readiness: named checks, each with a remedy. /readyz fails when one of them does, and while the server
// drains.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"

namespace bailiwick::observe {

struct Check {
  std::string name;
  std::function<Status()> run;  ///< quick; the error's message names the remedy
};

class Readiness {
 public:
  explicit Readiness(std::vector<Check> checks) : checks_(std::move(checks)) {}

  struct Report {
    bool ready = true;
    json::array checks;  ///< {name, ok, message}
  };
  Report report() const;
  void begin_drain() { draining_ = true; }

 private:
  std::vector<Check> checks_;
  std::atomic<bool> draining_{false};
};

}  // namespace bailiwick::observe
