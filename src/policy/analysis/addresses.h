// Addresses that lie in some ranges and not in others.
#pragma once

#include <vector>

#include "base/ip_address.h"

namespace bailiwick::cedar::analysis {

struct AddressRules {
  std::vector<IpAddress> in;
  std::vector<IpAddress> not_in;
  std::vector<IpAddress> not_equal;
  std::vector<IpAddress> suggestions;  ///< tried first
};
struct Addresses {
  std::vector<IpAddress> found;
  bool all = false;  ///< there are no others
};

/// Up to `limit`, single addresses before ranges. Exact: when there is one, it is found.
Addresses addresses_within(const AddressRules& rules, std::size_t limit);

}  // namespace bailiwick::cedar::analysis
