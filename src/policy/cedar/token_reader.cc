#include "policy/cedar/token_reader.h"

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/text.h"

namespace bailiwick::cedar {

TokenReader::TokenReader(Source& source) : source_(source) {
  Lexer lexer(source);
  do tokens_.push_back(lexer.next());
  while (tokens_.back().kind != TokenKind::kEnd);
}

Token TokenReader::take() {
  Token token = peek();
  if (token.kind != TokenKind::kEnd) ++at_;
  last_end_ = token.span.end;
  return token;
}

bool TokenReader::accept(TokenKind kind) {
  if (!at(kind)) return false;
  take();
  return true;
}

bool TokenReader::accept_word(std::string_view word) {
  if (!at_word(word)) return false;
  take();
  return true;
}

bool TokenReader::expect(TokenKind kind, std::string_view what) {
  if (accept(kind)) return true;
  report_expected(what);
  return false;
}

void TokenReader::skip_past(TokenKind kind) {
  while (!at_end() && take().kind != kind) {
  }
}

void TokenReader::report_expected(std::string_view what) {
  const Token& token = peek();
  if (token.kind == TokenKind::kEnd) {
    report(token.span, fmt::format("expected {}, found the end of the text", what));
  } else if (token.kind == TokenKind::kBad && token.text.starts_with('"')) {
    report(token.span, "this string has no end");
  } else {
    report(token.span, fmt::format("expected {}, found `{}`", what, excerpt(token.text)));
  }
}

std::string TokenReader::identifier(std::string_view what) {
  if (!at(TokenKind::kIdentifier)) {
    report_expected(what);
    return {};
  }
  if (is_reserved_word(peek().text)) {
    report(peek().span, fmt::format("`{}` is a reserved word; expected {}", peek().text, what));
    return {};
  }
  return std::string(take().text);
}

std::optional<std::string> TokenReader::string(std::string_view what) {
  if (!at(TokenKind::kString)) {
    report_expected(what);
    return std::nullopt;
  }
  Token token = take();
  Unescaped result = unescape(token.text.substr(1, token.text.size() - 2));
  if (!result.text) report(token.span, std::move(result.fault));
  return std::move(result.text);
}

std::optional<std::string> TokenReader::path(std::string_view what) {
  std::string name = identifier(what);
  if (name.empty()) return std::nullopt;
  while (at(TokenKind::kPathSeparator) && peek(1).kind != TokenKind::kString) {
    take();
    std::string part = identifier("a name after `::`");
    if (part.empty()) return std::nullopt;
    name += "::" + part;
  }
  return name;
}

}  // namespace bailiwick::cedar
