// Selection: in which order a call tries the targets that its route allows.
//
// A split puts the one that it chooses first; then providers that do not keep the tenant's `sla` go behind
// those that do. Nobody is left out: a slow answer is better than none.
#pragma once

#include "routing/route_plan.h"

namespace bailiwick::routing {

/// What a choice may depend on.
struct SelectionFacts {
  std::string_view session;        ///< calls of the same one stay together in a sticky split
  std::int64_t input_tokens = 0;   ///< estimate
  std::int64_t output_tokens = 0;  ///< estimate
  std::uint64_t turn = 0;          ///< number of the call, of the tenant's
  MonoTime now;
};

void arrange(Candidates& candidates, const snapshot::RouterConfig& config, const SelectionFacts& facts);

}  // namespace bailiwick::routing
