// TokenReader: the tokens of a text with a cursor, and the small questions that both parsers ask.
#pragma once

#include <algorithm>
#include <optional>

#include "policy/cedar/lexer.h"

namespace bailiwick::cedar {

class TokenReader {
 public:
  explicit TokenReader(Source& source);

  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  Token take();
  bool at(TokenKind kind) const { return peek().kind == kind; }
  bool at_word(std::string_view word) const {
    return peek().kind == TokenKind::kIdentifier && peek().text == word;
  }
  bool at_end() const { return at(TokenKind::kEnd); }
  /// Takes the token when it is of that kind.
  bool accept(TokenKind kind);
  bool accept_word(std::string_view word);
  /// The same, and reports when it is not: `expected …, found …`.
  bool expect(TokenKind kind, std::string_view what);
  /// Moves past the next token of that kind, or to the end.
  void skip_past(TokenKind kind);

  void report(Span span, std::string message) { source_.report(span, std::move(message)); }
  /// `expected WHAT, found …` at the next token.
  void report_expected(std::string_view what);

  /// An identifier that is not reserved; empty and reported otherwise.
  std::string identifier(std::string_view what);
  /// The text of a string literal; nullopt and reported otherwise.
  std::optional<std::string> string(std::string_view what);
  /// `A::B::C`. It stops before a `::` that a string follows.
  std::optional<std::string> path(std::string_view what);

  /// From the start of `begin` to the end of the last token taken.
  Span since(Span begin) const { return {begin.begin, last_end_}; }

 private:
  Source& source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::uint32_t last_end_ = 0;
};

}  // namespace bailiwick::cedar
