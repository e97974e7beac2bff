#include "retrieval/sentences.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "retrieval/unicode.h"

namespace bailiwick::retrieval {
namespace {

constexpr std::array kAbbreviations = std::to_array<std::string_view>({
    "al",   "approx", "cf",   "co", "corp", "dept", "dr",  "e.g", "eds", "eq", "esp", "fig",
    "figs", "i.e",    "inc",  "jr", "ltd",  "mr",   "mrs", "ms",  "nos", "p",  "pp",  "prof",
    "ref",  "refs",   "resp", "sr", "st",   "u.k",  "u.s", "viz", "vol", "vs",
});
static_assert(std::ranges::is_sorted(kAbbreviations), "searched by halves");

/// What a line is, and how many bytes of mark stand before its words.
struct LineMark {
  enum class Kind { kPlain, kHeading, kItem, kBlank, kRule };
  Kind kind = Kind::kPlain;
  std::size_t bytes = 0;
};

LineMark mark_of(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && (is_space(line[at]) || line[at] == '>')) ++at;
  if (at == line.size()) return {LineMark::Kind::kBlank, at};
  std::string_view rest = line.substr(at);
  auto after = [&](std::size_t bytes) { return rest.size() > bytes && is_space(rest[bytes]); };
  std::size_t hashes = std::min(rest.find_first_not_of('#'), rest.size());
  if (hashes >= 1 && hashes <= 6 && after(hashes)) return {LineMark::Kind::kHeading, at + hashes};
  if (rest.find_first_not_of("-=*_|:+`~ \t\r") == std::string_view::npos)
    return {LineMark::Kind::kRule, line.size()};
  if (rest.starts_with("```") || rest.starts_with("~~~")) return {LineMark::Kind::kRule, at};
  if ((rest[0] == '-' || rest[0] == '*' || rest[0] == '+') && after(1))
    return {LineMark::Kind::kItem, at + 1};
  if (rest[0] == '|') return {LineMark::Kind::kItem, at};
  std::size_t digits = 0;
  while (digits < rest.size() && digits < 4 && is_digit(rest[digits])) ++digits;
  if (digits > 0 && digits < rest.size() && (rest[digits] == '.' || rest[digits] == ')') &&
      after(digits + 1)) {
    return {LineMark::Kind::kItem, at + digits + 1};
  }
  return {LineMark::Kind::kPlain, at};
}

/// Whether the point at `at` belongs to the word before it.
bool is_abbreviation(std::string_view text, std::size_t from, std::size_t at) {
  std::size_t start = at;
  while (start > from && !is_space(text[start - 1]) && text[start - 1] != '(') --start;
  std::string word = fold(text.substr(start, at - start));
  bool initial = word.size() == 1 && text[start] >= 'A' && text[start] <= 'Z';
  return initial || std::ranges::binary_search(kAbbreviations, word);
}

/// Past the marks that end a sentence at `at`, or `at` when none ends there.
std::size_t past_end_mark(std::string_view text, std::size_t from, std::size_t at, std::size_t limit) {
  const auto first = static_cast<unsigned char>(text[at]);
  bool may_end = first == '.' || first == '!' || first == '?' || first >= 0xE2;  // the others end nothing
  if (!may_end) return at;
  std::size_t next = at;
  while (next < limit && (text[next] == '.' || text[next] == '!' || text[next] == '?')) ++next;
  for (std::string_view mark : {"\u2026", "\u3002", "\uFF01", "\uFF1F"}) {
    if (next == at && text.substr(at, limit - at).starts_with(mark)) next += mark.size();
  }
  if (next == at) return at;
  if (text[at] == '.' && next == at + 1 && is_abbreviation(text, from, at)) return at;
  bool closing = true;
  while (closing && next < limit) {
    std::string_view rest = text.substr(next, limit - next);
    closing = false;
    for (std::string_view mark : {"\"", "'", ")", "]", "*", "_", "\u201D", "\u2019", "\u00BB"}) {
      if (rest.starts_with(mark)) next += mark.size(), closing = true;
    }
  }
  if (next < limit && !is_space(text[next]) && static_cast<unsigned char>(text[at]) < 0x80) return at;
  std::size_t begin = next;
  while (begin < limit && is_space(text[begin])) ++begin;
  bool goes_on = begin < limit && text[begin] >= 'a' && text[begin] <= 'z' && text[at] == '.';
  return goes_on ? at : next;
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  void add(std::size_t start, std::size_t end, SentenceKind kind) {
    while (start < end && is_space(text_[start])) ++start;
    while (end > start && is_space(text_[end - 1])) --end;
    if (start < end) sentences_.push_back({{start, end}, kind});
  }

  void add_paragraph(std::size_t start, std::size_t end) {
    for (std::size_t at = start; at < end;) {
      std::size_t past = past_end_mark(text_, start, at, end);
      if (past == at) {
        ++at;
        continue;
      }
      add(start, past, SentenceKind::kProse);
      start = at = past;
    }
    add(start, end, SentenceKind::kProse);
  }

  std::vector<Sentence> take() { return std::move(sentences_); }

 private:
  std::string_view text_;
  std::vector<Sentence> sentences_;
};

}  // namespace

std::vector<Sentence> sentences_of(std::string_view text, std::size_t heading_bytes) {
  Splitter splitter(text);
  if (heading_bytes > 0) splitter.add(0, heading_bytes, SentenceKind::kHeading);
  std::size_t paragraph = heading_bytes;  // where the running paragraph began
  for (std::size_t at = heading_bytes; at < text.size();) {
    std::size_t end = std::min(text.find('\n', at), text.size());
    LineMark mark = mark_of(text.substr(at, end - at));
    if (mark.kind != LineMark::Kind::kPlain) {
      splitter.add_paragraph(paragraph, at);
      paragraph = at + mark.bytes;
      if (mark.kind == LineMark::Kind::kHeading) {
        splitter.add(paragraph, end, SentenceKind::kHeading);
        paragraph = end;
      }
    }
    at = end + 1;
  }
  splitter.add_paragraph(std::min(paragraph, text.size()), text.size());
  return splitter.take();
}

}  // namespace bailiwick::retrieval
