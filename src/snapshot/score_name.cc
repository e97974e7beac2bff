#include "snapshot/score_name.h"

#include <algorithm>

namespace bailiwick::snapshot {

bool is_score_name(std::string_view text) {
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '@';
  };
  return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, fits);
}

bool check_score_names(BindContext& context, const Node& mapping) {
  bool good = true;
  for (const Node::Entry& entry : mapping.entries) {
    if (is_score_name(entry.key)) continue;
    std::size_t mark = context.push(entry.key);
    context.problem_at(entry.line, entry.column,
                       "a score's name is 1 to 63 letters, digits, `_`, `-` and `@`, like ndcg@10");
    context.pop(mark);
    good = false;
  }
  return good;
}

}  // namespace bailiwick::snapshot
