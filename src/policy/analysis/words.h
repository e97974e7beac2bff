// Words: texts that some patterns match and others do not.
#pragma once

#include <string>
#include <vector>

#include "policy/cedar/text.h"

namespace bailiwick::cedar::analysis {

struct Words {
  std::vector<std::string> found;  ///< the shortest first
  bool all = false;                ///< there are no others
};

/// Up to `limit` of them. Exact: when there is one, it is found, but for patterns too long to follow.
Words words_like(const std::vector<const Pattern*>& like, const std::vector<const Pattern*>& unlike,
                 std::size_t limit);

}  // namespace bailiwick::cedar::analysis
