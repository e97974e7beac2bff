#include "snapshot/data_sovereignty.h"

#include <algorithm>

namespace bailiwick::snapshot {

bool glob_matches(std::string_view glob, std::string_view text) {
  std::size_t g = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g, ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;  // let the last star swallow one more character
      t = ++resume;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

bool Sovereignty::allows(std::string_view wanted) const {
  auto matches = [&](const std::string& glob) { return glob_matches(glob, wanted); };
  return std::ranges::none_of(forbidden_regions, matches) &&
         (allowed_regions.empty() || std::ranges::any_of(allowed_regions, matches));
}

}  // namespace bailiwick::snapshot
