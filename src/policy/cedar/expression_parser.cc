#include "policy/cedar/expression_parser.h"

#include <charconv>

#include <fmt/format.h>

#include "policy/cedar/limits.h"

namespace bailiwick::cedar {
namespace {

std::optional<BinaryOp> relation_of(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEqual:
      return BinaryOp::kEqual;
    case TokenKind::kNotEqual:
      return BinaryOp::kNotEqual;
    case TokenKind::kLess:
      return BinaryOp::kLess;
    case TokenKind::kLessEqual:
      return BinaryOp::kLessEqual;
    case TokenKind::kGreater:
      return BinaryOp::kGreater;
    case TokenKind::kGreaterEqual:
      return BinaryOp::kGreaterEqual;
    case TokenKind::kIdentifier:
      return token.text == "in" ? std::optional(BinaryOp::kIn) : std::nullopt;
    default:
      return std::nullopt;
  }
}

/// Counts a level while it lives.
struct Level {
  explicit Level(int& level) : level_(++level) {}
  ~Level() { --level_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  int& level_;
};

}  // namespace

ExprPtr ExpressionParser::make(Expr::Node node, Span begin) {
  ExprPtr made = make_expression(std::move(node), tokens_.since(begin));
  if (made->depth > kMaxTreeDepth) return refuse(begin, "this expression is too deep: split the rule");
  return made;
}

ExprPtr ExpressionParser::refuse(Span span, std::string message) {
  tokens_.report(span, std::move(message));
  return nullptr;
}

ExprPtr ExpressionParser::parse_with_slots() {
  slots_allowed_ = true;
  ExprPtr parsed = parse();
  slots_allowed_ = false;
  return parsed;
}

ExprPtr ExpressionParser::parse() {
  Level level(nesting_);
  if (nesting_ > kMaxDepth) {
    return refuse(tokens_.peek().span, fmt::format("expressions nest deeper than {} levels", kMaxDepth));
  }
  return tokens_.at_word("if") ? parse_conditional() : parse_logic(LogicOp::kOr);
}

ExprPtr ExpressionParser::parse_conditional() {
  Span begin = tokens_.take().span;
  ExprPtr test = parse();
  if (!test) return nullptr;
  if (!tokens_.accept_word("then")) return tokens_.report_expected("`then`"), nullptr;
  ExprPtr then = parse();
  if (!then) return nullptr;
  if (!tokens_.accept_word("else")) return tokens_.report_expected("`else`"), nullptr;
  ExprPtr otherwise = parse();
  if (!otherwise) return nullptr;
  return make(Conditional{std::move(test), std::move(then), std::move(otherwise)}, begin);
}

ExprPtr ExpressionParser::parse_logic(LogicOp op) {
  TokenKind sign = op == LogicOp::kOr ? TokenKind::kOr : TokenKind::kAnd;
  auto operand = [&] { return op == LogicOp::kOr ? parse_logic(LogicOp::kAnd) : parse_relation(); };
  Span begin = tokens_.peek().span;
  ExprPtr first = operand();
  if (!first || !tokens_.at(sign)) return first;
  std::vector<ExprPtr> operands{std::move(first)};
  while (tokens_.accept(sign)) {
    ExprPtr next = operand();
    if (!next) return nullptr;
    operands.push_back(std::move(next));
  }
  return make(Logic{op, std::move(operands)}, begin);
}

ExprPtr ExpressionParser::parse_relation() {
  ExprPtr left = parse_sum();
  if (!left) return nullptr;
  if (tokens_.accept_word("has")) return parse_has(std::move(left));
  if (tokens_.accept_word("like")) return parse_like(std::move(left));
  if (tokens_.accept_word("is")) return parse_is(std::move(left));
  if (tokens_.at(TokenKind::kAssign)) return refuse(tokens_.peek().span, "write `==` to compare");
  auto op = relation_of(tokens_.peek());
  if (!op) return left;
  tokens_.take();
  ExprPtr right = parse_sum();
  if (!right) return nullptr;
  if (relation_of(tokens_.peek())) {
    return refuse(tokens_.peek().span,
                  "comparisons do not chain: put one in parentheses, or join them with `&&`");
  }
  Span begin = left->span;
  return make(Binary{*op, std::move(left), std::move(right)}, begin);
}

ExprPtr ExpressionParser::parse_has(ExprPtr object) {
  std::vector<std::string> path;
  if (tokens_.at(TokenKind::kString)) {
    auto name = tokens_.string("an attribute");
    if (!name) return nullptr;
    path.push_back(std::move(*name));
  } else {
    do {
      std::string name = tokens_.identifier("an attribute after `has`");
      if (name.empty()) return nullptr;
      path.push_back(std::move(name));
      if (path.size() > static_cast<std::size_t>(kMaxDepth))
        return refuse(tokens_.peek().span, "too long a path");
    } while (tokens_.accept(TokenKind::kDot));
  }
  Span begin = object->span;
  return make(HasAttribute{std::move(object), std::move(path)}, begin);
}

ExprPtr ExpressionParser::parse_like(ExprPtr subject) {
  if (!tokens_.at(TokenKind::kString))
    return tokens_.report_expected("a pattern in quotes after `like`"), nullptr;
  Token token = tokens_.take();
  UnescapedPattern result = unescape_pattern(token.text.substr(1, token.text.size() - 2));
  if (!result.pattern) return refuse(token.span, std::move(result.fault));
  Span begin = subject->span;
  return make(Like{std::move(subject), std::move(*result.pattern)}, begin);
}

ExprPtr ExpressionParser::parse_is(ExprPtr subject) {
  auto type = tokens_.path("an entity type after `is`");
  if (!type) return nullptr;
  ExprPtr container;
  if (tokens_.accept_word("in") && !(container = parse_sum())) return nullptr;
  Span begin = subject->span;
  return make(IsType{std::move(subject), std::move(*type), std::move(container)}, begin);
}

ExprPtr ExpressionParser::parse_sum() {
  ExprPtr left = parse_product();
  for (int terms = 1; left && (tokens_.at(TokenKind::kPlus) || tokens_.at(TokenKind::kMinus)); ++terms) {
    if (terms > kMaxDepth) return refuse(tokens_.peek().span, "too many terms in one sum");
    BinaryOp op = tokens_.take().kind == TokenKind::kPlus ? BinaryOp::kAdd : BinaryOp::kSubtract;
    ExprPtr right = parse_product();
    if (!right) return nullptr;
    Span begin = left->span;
    left = make(Binary{op, std::move(left), std::move(right)}, begin);
  }
  return left;
}

ExprPtr ExpressionParser::parse_product() {
  ExprPtr left = parse_unary();
  for (int factors = 1; left && tokens_.at(TokenKind::kStar); ++factors) {
    if (factors > kMaxDepth) return refuse(tokens_.peek().span, "too many factors in one product");
    tokens_.take();
    ExprPtr right = parse_unary();
    if (!right) return nullptr;
    Span begin = left->span;
    left = make(Binary{BinaryOp::kMultiply, std::move(left), std::move(right)}, begin);
  }
  if (left && (tokens_.at(TokenKind::kSlash) || tokens_.at(TokenKind::kPercent))) {
    return refuse(tokens_.peek().span, "Cedar has no division and no remainder");
  }
  return left;
}

ExprPtr ExpressionParser::parse_unary() {
  Span begin = tokens_.peek().span;
  TokenKind sign = tokens_.peek().kind;
  if (sign != TokenKind::kNot && sign != TokenKind::kMinus) return parse_member();
  std::size_t count = 0;
  while (tokens_.accept(sign)) ++count;
  if (count > 4) return refuse(begin, "more than four `!` or `-` in a row");
  if (sign == TokenKind::kMinus && tokens_.at(TokenKind::kNumber)) return parse_negated_number(count, begin);
  ExprPtr operand = parse_member();
  for (; operand && count > 0; --count) {
    operand =
        make(Unary{sign == TokenKind::kNot ? UnaryOp::kNot : UnaryOp::kNegate, std::move(operand)}, begin);
  }
  return operand;
}

/// The least number has no positive counterpart, so the sign next to a number belongs to it.
ExprPtr ExpressionParser::parse_negated_number(std::size_t minuses, Span begin) {
  constexpr std::uint64_t kLeast = std::uint64_t{1} << 63;
  TokenKind after = tokens_.peek(1).kind;
  std::uint64_t magnitude = 0;
  std::string_view digits = tokens_.peek().text;
  auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude);
  bool alone = after != TokenKind::kDot && after != TokenKind::kLeftBracket;
  ExprPtr operand;
  if (alone && fault == std::errc() && magnitude <= kLeast) {
    tokens_.take();
    operand = make(Literal{static_cast<std::int64_t>(0 - magnitude)}, begin);
    --minuses;
  } else {
    operand = parse_member();
  }
  for (; operand && minuses > 0; --minuses)
    operand = make(Unary{UnaryOp::kNegate, std::move(operand)}, begin);
  return operand;
}

}  // namespace bailiwick::cedar
