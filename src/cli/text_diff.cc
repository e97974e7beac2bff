#include "cli/text_diff.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <fmt/format.h>

namespace bailiwick::cli {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t kContext = 3;
constexpr std::size_t kMostCells = 4 << 20;  // of the table below

/// One line of the difference: `' '`, `'-'` or `'+'`.
struct DiffLine {
  char mark;
  std::string_view text;
};

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// The longest common part, by the table of its lengths; without one when that would be too large.
void compare(std::span<const std::string_view> before, std::span<const std::string_view> after,
             std::vector<DiffLine>& out) {
  std::size_t width = after.size() + 1;
  bool whole = (before.size() + 1) * width > kMostCells;
  std::vector<std::uint32_t> common(whole ? 0 : (before.size() + 1) * width);
  for (std::size_t i = whole ? 0 : before.size(); i-- > 0;) {
    for (std::size_t j = after.size(); j-- > 0;) {
      common[i * width + j] = before[i] == after[j]
                                  ? common[(i + 1) * width + j + 1] + 1
                                  : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  std::size_t i = 0, j = 0;
  while (!whole && i < before.size() && j < after.size()) {
    if (before[i] == after[j])
      out.push_back({' ', before[i++]}), ++j;
    else if (common[(i + 1) * width + j] >= common[i * width + j + 1])
      out.push_back({'-', before[i++]});
    else
      out.push_back({'+', after[j++]});
  }
  while (i < before.size()) out.push_back({'-', before[i++]});
  while (j < after.size()) out.push_back({'+', after[j++]});
}

std::vector<DiffLine> difference(const Lines& before, const Lines& after) {
  std::size_t shorter = std::min(before.size(), after.size()), head = 0, tail = 0;
  while (head < shorter && before[head] == after[head]) ++head;
  while (tail < shorter - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  std::vector<DiffLine> out;
  for (std::size_t i = 0; i < head; ++i) out.push_back({' ', before[i]});
  compare(std::span(before).subspan(head, before.size() - head - tail),
          std::span(after).subspan(head, after.size() - head - tail), out);
  for (std::size_t i = before.size() - tail; i < before.size(); ++i) out.push_back({' ', before[i]});
  return out;
}

void append_line(std::string& out, const DiffLine& line) {
  out += line.mark;
  for (char c : line.text) out += (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f' ? '?' : c;
  out += '\n';
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after) {
  if (before == after) return {};
  std::vector<DiffLine> lines = difference(lines_of(before), lines_of(after));
  auto changed = [](const DiffLine& line) { return line.mark != ' '; };
  std::string out;
  std::size_t old_line = 1, new_line = 1, at = 0;  // of lines[at]
  auto pass = [&](std::size_t to) {
    for (; at < to; ++at) {
      old_line += lines[at].mark != '+';
      new_line += lines[at].mark != '-';
    }
  };
  for (auto next = std::ranges::find_if(lines, changed); next != lines.end();) {
    auto first = static_cast<std::size_t>(next - lines.begin());
    std::size_t begin = first > at + kContext ? first - kContext : at, end = first, last = first;
    // A change that begins within the lines around the one before belongs to the same piece.
    for (end = first; end < lines.size() && end <= last + 2 * kContext; ++end) {
      if (changed(lines[end])) last = end;
    }
    end = std::min(lines.size(), last + kContext + 1);
    pass(begin);
    std::string piece;
    std::size_t old_count = 0, new_count = 0;
    for (std::size_t i = begin; i < end; ++i) {
      append_line(piece, lines[i]);
      old_count += lines[i].mark != '+';
      new_count += lines[i].mark != '-';
    }
    out += fmt::format("@@ -{},{} +{},{} @@\n{}", old_count == 0 ? old_line - 1 : old_line, old_count,
                       new_count == 0 ? new_line - 1 : new_line, new_count, piece);
    pass(end);
    next = std::find_if(lines.begin() + static_cast<std::ptrdiff_t>(end), lines.end(), changed);
  }
  if (out.empty()) out = "(the end of the last line differs)\n";
  return out;
}

}  // namespace bailiwick::cli
