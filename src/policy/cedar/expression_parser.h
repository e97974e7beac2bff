// ExpressionParser: the expressions of Cedar by recursive descent, one function for each level of precedence.
//
// A function returns null when it has reported a fault.
#pragma once

#include "policy/cedar/ast.h"
#include "policy/cedar/token_reader.h"

namespace bailiwick::cedar {

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenReader& tokens) : tokens_(tokens) {}

  ExprPtr parse();
  /// `==`'s right side in a scope: an entity or, where the scope may have one, a slot.
  ExprPtr parse_with_slots();

 private:
  ExprPtr parse_conditional();
  ExprPtr parse_logic(LogicOp op);
  ExprPtr parse_relation();
  ExprPtr parse_has(ExprPtr object);
  ExprPtr parse_like(ExprPtr subject);
  ExprPtr parse_is(ExprPtr subject);
  ExprPtr parse_sum();
  ExprPtr parse_product();
  ExprPtr parse_unary();
  ExprPtr parse_negated_number(std::size_t minuses, Span begin);
  ExprPtr parse_member();
  ExprPtr parse_access(ExprPtr object);
  ExprPtr parse_method(ExprPtr object, const Token& name);
  ExprPtr parse_primary();
  ExprPtr parse_number();
  ExprPtr parse_name();
  ExprPtr parse_function(const Token& name);
  ExprPtr parse_set();
  ExprPtr parse_record();
  std::optional<std::vector<ExprPtr>> parse_list(TokenKind end, std::string_view end_text);
  std::optional<std::string> parse_key();

  ExprPtr make(Expr::Node node, Span begin);
  ExprPtr refuse(Span span, std::string message);

  TokenReader& tokens_;
  int nesting_ = 0;
  bool slots_allowed_ = false;
};

}  // namespace bailiwick::cedar
