#include "base/scalar_place.h"

#include <algorithm>

namespace bailiwick {
namespace {

/// Bytes of the line break at `at` by YAML's first edition, which libyaml follows; 0 when there is none.
std::size_t break_length(std::string_view text, std::size_t at) {
  std::string_view rest = text.substr(at);
  if (rest.starts_with("\r\n")) return 2;
  if (rest.starts_with('\n') || rest.starts_with('\r')) return 1;
  if (rest.starts_with("\xC2\x85")) return 2;
  return rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9") ? 3 : 0;
}

/// Bytes of the blank at `at`; 0 when what stands there is none.
std::size_t blank_length(std::string_view text, std::size_t at) {
  if (text[at] == ' ' || text[at] == '\t') return 1;
  return break_length(text, at);
}

std::size_t marks_in(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t blank = blank_length(text, at);
    if (blank == 0) ++count;
    at += std::max<std::size_t>(blank, 1);
  }
  return count;
}

/// A cursor over the file that knows its line and column.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ >= text_.size(); }
  std::string_view rest() const { return text_.substr(std::min(at_, text_.size())); }
  std::size_t blank() const { return at_end() ? 0 : blank_length(text_, at_); }
  TextPlace place() const { return place_; }

  void skip(std::size_t bytes) {
    for (std::size_t end = std::min(at_ + bytes, text_.size()); at_ < end;) {
      if (std::size_t length = break_length(text_, at_); length > 0) {
        ++place_.line;
        place_.column = 1;
        at_ += length;
      } else {
        ++at_;
        // The bytes of one character count once.
        if (at_ >= text_.size() || (static_cast<unsigned char>(text_[at_]) & 0xC0) != 0x80) ++place_.column;
      }
    }
  }
  void skip_blanks() {
    while (!at_end() && blank() > 0) skip(blank());
  }
  void skip_line() {
    int line = place_.line;
    while (!at_end() && place_.line == line) skip(1);
  }
  void go_to(int line, int column) {
    while (!at_end() && place_.line < line) skip_line();
    while (!at_end() && place_.line == line && place_.column < column) skip(1);
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  TextPlace place_;
};

/// What one step over the written form is: its bytes, and how many bytes of the value they stand for, blanks
/// not counted.
struct Step {
  std::size_t written = 1;
  std::size_t marks = 1;
};

std::size_t utf8_length(std::uint32_t code) {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

bool is_blank_code(std::uint32_t code) {
  return code == ' ' || code == '\t' || code == '\n' || code == '\r' || code == 0x85 || code == 0x2028 ||
         code == 0x2029;
}

/// An escape of a double-quoted scalar; `rest` begins with its backslash.
Step escape_step(std::string_view rest) {
  if (rest.size() < 2) return {1, 0};
  auto coded = [&](std::size_t digits) -> Step {
    std::uint32_t code = 0;
    for (char digit : rest.substr(2, digits)) {
      int value = digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
      code = code * 16 + static_cast<std::uint32_t>(value);
    }
    return {2 + digits, is_blank_code(code) ? 0 : utf8_length(code)};
  };
  switch (rest[1]) {
    case 'x':
      return coded(2);
    case 'u':
      return coded(4);
    case 'U':
      return coded(8);
    case '_':
      return {2, 2};
    case 't':
    case 'n':
    case 'r':
    case 'N':
    case 'L':
    case 'P':
    case ' ':
    case '\t':
      return {2, 0};
    default:
      break;
  }
  std::size_t broken = break_length(rest, 1);  // a line that goes on
  return broken > 0 ? Step{1 + broken, 0} : Step{2, 1};
}

Step step_at(std::string_view rest, char style) {
  if (style == '"' && rest.front() == '\\') return escape_step(rest);
  if (style == '\'' && rest.starts_with("''")) return {2, 1};
  return {};
}

}  // namespace

TextPlace place_in_scalar(std::string_view file, const Node& scalar, std::size_t offset) {
  Cursor cursor(file);
  cursor.go_to(scalar.line, scalar.column);
  if (cursor.at_end()) return {scalar.line, scalar.column};
  char first = cursor.rest().front();
  char style = scalar.quoted ? first : ' ';
  if (style == '|' || style == '>') cursor.skip_line();
  if (style == '"' || style == '\'') cursor.skip(1);

  std::size_t before = marks_in(std::string_view(scalar.text).substr(0, offset));
  bool is_end = before == marks_in(scalar.text);
  TextPlace behind = cursor.place();
  for (std::size_t passed = 0; !cursor.at_end();) {
    if (cursor.blank() > 0) {
      cursor.skip(cursor.blank());
      continue;
    }
    Step step = step_at(cursor.rest(), style);
    if (passed >= before && !is_end && step.marks > 0) return cursor.place();
    if (passed >= before && is_end) break;
    passed += step.marks;
    cursor.skip(step.written);
    behind = cursor.place();
  }
  return behind;
}

}  // namespace bailiwick
