// What binds tightest in an expression: literals, names, sets, records, calls, and what is reached through
// them.
#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_set>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/expression_parser.h"
#include "policy/cedar/extension.h"
#include "policy/cedar/limits.h"
#include "policy/cedar/operators.h"

namespace bailiwick::cedar {
namespace {

std::optional<Variable> variable_of(std::string_view name) {
  const auto* found = std::ranges::find(kVariableNames, name);
  if (found == kVariableNames.end()) return std::nullopt;
  return static_cast<Variable>(found - kVariableNames.begin());
}

constexpr std::string_view kIsEmpty = "isEmpty";

const BinaryOpInfo* binary_method(std::string_view name) {
  const auto* found = std::ranges::find(kBinaryOps, name, &BinaryOpInfo::sign);
  return found != kBinaryOps.end() && found->is_method ? found : nullptr;
}

}  // namespace

ExprPtr ExpressionParser::parse_member() {
  ExprPtr object = parse_primary();
  for (int length = 0; object && (tokens_.at(TokenKind::kDot) || tokens_.at(TokenKind::kLeftBracket));
       ++length) {
    if (length >= kMaxDepth) return refuse(tokens_.peek().span, "too long a chain of attributes");
    object = parse_access(std::move(object));
  }
  if (object && tokens_.at(TokenKind::kLeftParen)) {
    return refuse(tokens_.peek().span, "only a function or a method can be called");
  }
  return object;
}

ExprPtr ExpressionParser::parse_access(ExprPtr object) {
  Span begin = object->span;
  if (tokens_.accept(TokenKind::kLeftBracket)) {
    auto name = tokens_.string("an attribute in quotes");
    if (!name || !tokens_.expect(TokenKind::kRightBracket, "`]`")) return nullptr;
    return make(GetAttribute{std::move(object), std::move(*name)}, begin);
  }
  tokens_.take();
  Token name = tokens_.peek();
  if (tokens_.identifier("an attribute or a method after `.`").empty()) return nullptr;
  if (tokens_.at(TokenKind::kLeftParen)) return parse_method(std::move(object), name);
  return make(GetAttribute{std::move(object), std::string(name.text)}, begin);
}

ExprPtr ExpressionParser::parse_method(ExprPtr object, const Token& name) {
  tokens_.take();
  auto arguments = parse_list(TokenKind::kRightParen, "`)`");
  if (!arguments) return nullptr;
  Span begin = object->span;
  const BinaryOpInfo* method = binary_method(name.text);
  if (method || name.text == kIsEmpty) {
    if (arguments->size() != (method ? 1 : 0)) {
      return refuse(name.span,
                    fmt::format("`{}` takes {}", name.text, method ? "one argument" : "no argument"));
    }
    if (!method) return make(Unary{UnaryOp::kIsEmpty, std::move(object)}, begin);
    return make(Binary{method->op, std::move(object), std::move(arguments->front())}, begin);
  }
  const ExtensionInfo* info = extension_function(name.text);
  if (!info) return refuse(name.span, fmt::format("there is no method `{}`", excerpt(name.text)));
  if (info->style != CallStyle::kMethod) {
    return refuse(name.span, fmt::format("`{0}` is a function: write `{0}(…)`", name.text));
  }
  arguments->insert(arguments->begin(), std::move(object));
  return make(Call{std::string(name.text), std::move(*arguments)}, begin);
}

ExprPtr ExpressionParser::parse_primary() {
  Token token = tokens_.peek();
  switch (token.kind) {
    case TokenKind::kNumber:
      return parse_number();
    case TokenKind::kString: {
      auto text = tokens_.string("a string");
      return text ? make(Literal{std::move(*text)}, token.span) : nullptr;
    }
    case TokenKind::kLeftParen: {
      tokens_.take();
      ExprPtr inner = parse();
      return inner && tokens_.expect(TokenKind::kRightParen, "`)`") ? inner : nullptr;
    }
    case TokenKind::kLeftBracket:
      return parse_set();
    case TokenKind::kLeftBrace:
      return parse_record();
    case TokenKind::kIdentifier:
      return parse_name();
    case TokenKind::kSlot:
      if (!slots_allowed_) return refuse(token.span, "a slot stands only in the scope of a template");
      if (token.text != "?principal" && token.text != "?resource") {
        return refuse(token.span, "the slots are `?principal` and `?resource`");
      }
      tokens_.take();
      return make(SlotReference{token.text == "?principal" ? Slot::kPrincipal : Slot::kResource}, token.span);
    default:
      return tokens_.report_expected("an expression"), nullptr;
  }
}

ExprPtr ExpressionParser::parse_number() {
  Token token = tokens_.take();
  std::int64_t value = 0;
  auto [end, fault] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
  if (fault != std::errc()) {
    return refuse(token.span, fmt::format("numbers reach to {}", std::numeric_limits<std::int64_t>::max()));
  }
  return make(Literal{value}, token.span);
}

ExprPtr ExpressionParser::parse_name() {
  Token token = tokens_.peek();
  if (token.text == "true" || token.text == "false") {
    tokens_.take();
    return make(Literal{token.text == "true"}, token.span);
  }
  if (tokens_.peek(1).kind == TokenKind::kPathSeparator) {
    auto type = tokens_.path("an entity type");
    if (!type) return nullptr;
    if (!tokens_.accept(TokenKind::kPathSeparator)) {
      return refuse(token.span,
                    fmt::format("`{}` is a type: an entity is written `{}::\"id\"`", *type, *type));
    }
    auto id = tokens_.string("an entity's id in quotes");
    return id ? make(Literal{EntityUid{std::move(*type), std::move(*id)}}, token.span) : nullptr;
  }
  if (tokens_.peek(1).kind == TokenKind::kLeftParen) return parse_function(token);
  auto variable = variable_of(token.text);
  if (!variable) {
    return refuse(token.span,
                  fmt::format("`{}` is no variable: they are principal, action, resource and context",
                              excerpt(token.text)));
  }
  tokens_.take();
  return make(*variable, token.span);
}

ExprPtr ExpressionParser::parse_function(const Token& name) {
  const ExtensionInfo* info = extension_function(name.text);
  bool method = info ? info->style == CallStyle::kMethod : binary_method(name.text) || name.text == kIsEmpty;
  if (method) return refuse(name.span, fmt::format("`{0}` is a method: write `value.{0}(…)`", name.text));
  if (!info) return refuse(name.span, fmt::format("there is no function `{}`", excerpt(name.text)));
  tokens_.take();
  tokens_.take();
  auto arguments = parse_list(TokenKind::kRightParen, "`)`");
  return arguments ? make(Call{std::string(name.text), std::move(*arguments)}, name.span) : nullptr;
}

std::optional<std::vector<ExprPtr>> ExpressionParser::parse_list(TokenKind end, std::string_view end_text) {
  std::vector<ExprPtr> items;
  while (!tokens_.accept(end)) {
    ExprPtr item = parse();
    if (!item) return std::nullopt;
    items.push_back(std::move(item));
    if (tokens_.accept(TokenKind::kComma)) continue;
    if (!tokens_.expect(end, fmt::format("`,` or {}", end_text))) return std::nullopt;
    break;
  }
  return items;
}

ExprPtr ExpressionParser::parse_set() {
  Span begin = tokens_.take().span;
  auto elements = parse_list(TokenKind::kRightBracket, "`]`");
  return elements ? make(SetLiteral{std::move(*elements)}, begin) : nullptr;
}

std::optional<std::string> ExpressionParser::parse_key() {
  if (tokens_.at(TokenKind::kString)) return tokens_.string("a key");
  std::string name = tokens_.identifier("a key, or `}`");
  return name.empty() ? std::nullopt : std::optional(std::move(name));
}

ExprPtr ExpressionParser::parse_record() {
  Span begin = tokens_.take().span;
  std::vector<std::pair<std::string, ExprPtr>> fields;
  std::unordered_set<std::string> keys;
  while (!tokens_.accept(TokenKind::kRightBrace)) {
    Span place = tokens_.peek().span;
    auto key = parse_key();
    if (!key || !tokens_.expect(TokenKind::kColon, "`:`")) return nullptr;
    ExprPtr value = parse();
    if (!value) return nullptr;
    if (!keys.insert(*key).second) {
      return refuse(place, fmt::format("the key `{}` stands here twice", excerpt(*key)));
    }
    fields.emplace_back(std::move(*key), std::move(value));
    if (tokens_.accept(TokenKind::kComma)) continue;
    if (!tokens_.expect(TokenKind::kRightBrace, "`,` or `}`")) return nullptr;
    break;
  }
  return make(RecordLiteral{std::move(fields)}, begin);
}

}  // namespace bailiwick::cedar
