// What a score may be called: `faithfulness`, `ndcg@10`. The name becomes a part of a rule's id, between
// dots.
#pragma once

#include <string_view>

#include "base/binding.h"

namespace bailiwick::snapshot {

/// Letters, digits, `_`, `-` and `@`; 63 at most.
inline constexpr std::string_view kScoreNamePattern = "^[A-Za-z0-9_@-]{1,63}$";
bool is_score_name(std::string_view text);

/// Reports every key of the mapping that is none.
bool check_score_names(BindContext& context, const Node& mapping);

}  // namespace bailiwick::snapshot
