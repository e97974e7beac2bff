// Witness: one request with the entities it needs, that shows what an analysis says.
#pragma once

#include "base/json.h"
#include "policy/analysis/literal.h"
#include "policy/cedar/evaluator.h"

namespace bailiwick::cedar::analysis {

/// Its entities may stand on those of the actions, which must outlive it.
struct Witness {
  Arena arena;
  Entities entities;
  Request request;

  Witness() = default;
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
};

/// How the expression at this root comes out.
Outcomes evaluate(const Witness& witness, const Program& program, std::uint32_t root, Scratch& scratch);

/// `{"principal", "action", "resource", "context", "entities"}` in the forms that Cedar's tools read.
json::object to_json(const Witness& witness);

}  // namespace bailiwick::cedar::analysis
