// The faults of an input as one text, each on a line: what a test compares.
#pragma once

#include "base/result.h"

namespace bailiwick::testing_support {

inline std::string lines(const std::vector<Problem>& problems) {
  std::string text = to_string(problems);
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace bailiwick::testing_support
