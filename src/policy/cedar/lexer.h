// Lexer: the tokens of Cedar policies and schemas, one at a time, without copying.
#pragma once

#include "policy/cedar/source.h"

namespace bailiwick::cedar {

enum class TokenKind : std::uint8_t {
  kEnd,
  kIdentifier,  ///< keywords too: what is reserved depends on the place
  kSlot,        ///< `?name`
  kNumber,
  kString,  ///< with its quotes, escapes as written
  kAt,
  kDot,
  kComma,
  kSemicolon,
  kColon,
  kPathSeparator,  ///< `::`
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftBracket,
  kRightBracket,
  kEqual,     ///< `==`
  kNotEqual,  ///< `!=`
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kOr,
  kAnd,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kNot,
  kAssign,    ///< `=`
  kQuestion,  ///< `?` that begins no slot: an optional attribute of a schema
  kBad,       ///< a byte that begins no token, or a string without an end
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Span span;
  std::string_view text;
};

class Lexer {
 public:
  explicit Lexer(const Source& source) : text_(source.text()) {}
  Token next();

 private:
  void skip_blank();
  TokenKind scan();
  TokenKind scan_string();
  TokenKind scan_symbol();
  TokenKind two(char second, TokenKind both, TokenKind alone);
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Whether a comment stands anywhere between the tokens.
bool has_comments(const Source& source);

/// An identifier that names nothing but itself: Cedar's grammar keeps these words.
bool is_reserved_word(std::string_view word);
bool is_identifier(std::string_view text);
/// `A::B::C` of identifiers that are not reserved.
bool is_name(std::string_view text);

}  // namespace bailiwick::cedar
