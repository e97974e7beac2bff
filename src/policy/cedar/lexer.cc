#include "policy/cedar/lexer.h"

#include <algorithm>
#include <array>

namespace bailiwick::cedar {
namespace {

bool starts_identifier(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool continues_identifier(char c) {
  return starts_identifier(c) || is_digit(c);
}

/// Bytes of the white space that starts the text, 0 when it starts with something else. Unicode's
/// White_Space: past ASCII U+0085, U+00A0, U+1680, U+2000-200A, U+2028, U+2029, U+202F, U+205F, U+3000.
std::size_t white_space(std::string_view text) {
  if (text.empty()) return 0;
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if (byte(0) == ' ' || (byte(0) >= 9 && byte(0) <= 13)) return 1;
  if (byte(0) == 0xC2 && (byte(1) == 0x85 || byte(1) == 0xA0)) return 2;
  unsigned wide = (byte(0) << 16) | (byte(1) << 8) | byte(2);
  bool in_general_punctuation = wide >= 0xE28080 && wide <= 0xE2808A;
  static constexpr std::array kOthers = {0xE19A80U, 0xE280A8U, 0xE280A9U, 0xE280AFU, 0xE2819FU, 0xE38080U};
  return in_general_punctuation || std::ranges::find(kOthers, wide) != kOthers.end() ? 3 : 0;
}

}  // namespace

bool is_identifier(std::string_view text) {
  return !text.empty() && starts_identifier(text.front()) && std::ranges::all_of(text, continues_identifier);
}

bool is_name(std::string_view text) {
  for (std::size_t at = 0;;) {
    std::size_t end = std::min(text.find("::", at), text.size());
    std::string_view part = text.substr(at, end - at);
    if (!is_identifier(part) || is_reserved_word(part)) return false;
    if (end == text.size()) return true;
    at = end + 2;
  }
}

bool is_reserved_word(std::string_view word) {
  static constexpr std::array kWords = std::to_array<std::string_view>(
      {"true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar"});
  return std::ranges::find(kWords, word) != kWords.end();
}

bool has_comments(const Source& source) {
  Lexer lexer(source);
  std::uint32_t end = 0;
  for (Token token = lexer.next();; token = lexer.next()) {
    if (source.slice({end, token.span.begin}).contains("//")) return true;
    if (token.kind == TokenKind::kEnd) return false;
    end = token.span.end;
  }
}

void Lexer::skip_blank() {
  while (at_ < text_.size()) {
    if (std::size_t blank = white_space(text_.substr(at_))) {
      at_ += blank;
    } else if (peek() == '/' && peek(1) == '/') {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
    } else {
      return;
    }
  }
}

Token Lexer::next() {
  skip_blank();
  std::size_t begin = at_;
  TokenKind kind = at_ < text_.size() ? scan() : TokenKind::kEnd;
  return {kind,
          {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_)},
          text_.substr(begin, at_ - begin)};
}

TokenKind Lexer::scan() {
  char c = peek();
  if (starts_identifier(c)) {
    while (continues_identifier(peek())) ++at_;
    return TokenKind::kIdentifier;
  }
  if (is_digit(c)) {
    while (is_digit(peek())) ++at_;
    return TokenKind::kNumber;
  }
  if (c == '"') return scan_string();
  if (c == '?' && starts_identifier(peek(1))) {
    ++at_;
    while (continues_identifier(peek())) ++at_;
    return TokenKind::kSlot;
  }
  return scan_symbol();
}

TokenKind Lexer::scan_string() {
  for (++at_; at_ < text_.size(); ++at_) {
    if (peek() == '\\') {
      ++at_;
      // A backslash does not reach over the end of a line.
      if (peek() == '\n') break;
    } else if (peek() == '"') {
      ++at_;
      return TokenKind::kString;
    }
  }
  at_ = std::min(at_, text_.size());
  return TokenKind::kBad;
}

TokenKind Lexer::two(char second, TokenKind both, TokenKind alone) {
  if (peek() != second) return alone;
  ++at_;
  return both;
}

TokenKind Lexer::scan_symbol() {
  switch (text_[at_++]) {
    case '@':
      return TokenKind::kAt;
    case '.':
      return TokenKind::kDot;
    case ',':
      return TokenKind::kComma;
    case ';':
      return TokenKind::kSemicolon;
    case ':':
      return two(':', TokenKind::kPathSeparator, TokenKind::kColon);
    case '(':
      return TokenKind::kLeftParen;
    case ')':
      return TokenKind::kRightParen;
    case '{':
      return TokenKind::kLeftBrace;
    case '}':
      return TokenKind::kRightBrace;
    case '[':
      return TokenKind::kLeftBracket;
    case ']':
      return TokenKind::kRightBracket;
    case '=':
      return two('=', TokenKind::kEqual, TokenKind::kAssign);
    case '!':
      return two('=', TokenKind::kNotEqual, TokenKind::kNot);
    case '<':
      return two('=', TokenKind::kLessEqual, TokenKind::kLess);
    case '>':
      return two('=', TokenKind::kGreaterEqual, TokenKind::kGreater);
    case '|':
      return two('|', TokenKind::kOr, TokenKind::kBad);
    case '&':
      return two('&', TokenKind::kAnd, TokenKind::kBad);
    case '+':
      return TokenKind::kPlus;
    case '-':
      return TokenKind::kMinus;
    case '*':
      return TokenKind::kStar;
    case '/':
      return TokenKind::kSlash;
    case '%':
      return TokenKind::kPercent;
    case '?':
      return TokenKind::kQuestion;
    default:
      return TokenKind::kBad;
  }
}

}  // namespace bailiwick::cedar
