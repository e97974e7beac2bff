#include "routing/splice.h"

#include <algorithm>

#include "base/result.h"

namespace bailiwick::routing {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::size_t skip_space(std::string_view text, std::size_t at) {
  std::size_t next = text.find_first_not_of(kSpace, at);
  return next == std::string_view::npos ? text.size() : next;
}

/// Just past the string that begins at the quote `at`.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (at = text.find_first_of("\"\\", at + 1); at < text.size(); at = text.find_first_of("\"\\", at + 2)) {
    if (text[at] == '"') return at + 1;
  }
  return text.size();
}

}  // namespace

std::size_t value_end(std::string_view text, std::size_t begin) {
  if (begin >= text.size()) return text.size();
  if (text[begin] == '"') return string_end(text, begin);
  if (text[begin] != '{' && text[begin] != '[') {
    std::size_t end = text.find_first_of(",]} \t\r\n", begin);
    return end == std::string_view::npos ? text.size() : end;
  }
  std::size_t depth = 0;
  for (std::size_t at = begin; at < text.size();) {
    at = text.find_first_of("\"{}[]", at);
    if (at == std::string_view::npos) break;
    if (text[at] == '"') {
      at = string_end(text, at);
      continue;
    }
    if (text[at] == '{' || text[at] == '[')
      ++depth;
    else if (--depth == 0)
      return at + 1;
    ++at;
  }
  return text.size();
}

Extent member_value(std::string_view text, std::size_t index) {
  std::size_t at = text.find('{');
  BW_CHECK(at != std::string_view::npos);
  for (++at; at < text.size(); ++at) {
    at = string_end(text, skip_space(text, at));
    std::size_t begin = skip_space(text, skip_space(text, at) + 1);
    std::size_t end = value_end(text, begin);
    if (index == 0) return {begin, end};
    --index;
    at = skip_space(text, end);
  }
  BW_CHECK(!"the object has fewer members");
  return {};
}

void Splicer::replace(Extent extent, std::string with) {
  auto place =
      std::ranges::upper_bound(edits_, extent.begin, {}, [](const Edit& edit) { return edit.extent.begin; });
  edits_.insert(place, {extent, std::move(with)});
}

void Splicer::insert_member(std::size_t brace, std::string member, Others others) {
  if (others == Others::kSome) member += ',';
  replace({brace + 1, brace + 1}, std::move(member));
}

std::string Splicer::finish() {
  std::string out;
  std::size_t size = text_.size(), at = 0;
  for (const Edit& edit : edits_) size += edit.with.size();
  out.reserve(size);
  for (const Edit& edit : edits_) {
    out.append(text_.substr(at, edit.extent.begin - at)).append(edit.with);
    at = edit.extent.end;
  }
  out.append(text_.substr(at));
  edits_.clear();
  return out;
}

}  // namespace bailiwick::routing
