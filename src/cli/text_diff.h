// The difference of two texts as people read it: unified, with three lines around each change.
#pragma once

#include <string>
#include <string_view>

namespace bailiwick::cli {

/// Empty when they are equal. Texts of more than a few thousand changed lines come as one change. Control
/// characters are shown as `?`: the texts may be foreign, and a terminal obeys them.
std::string unified_diff(std::string_view before, std::string_view after);

}  // namespace bailiwick::cli
