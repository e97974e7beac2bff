#include "policy/cedar/format.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "policy/cedar/parser.h"
#include "support/problems.h"
#include "support/random_expression.h"

namespace bailiwick::cedar {
namespace {

using testing_support::lines;

RC_GTEST_PROP(FormatTest, WhatIsPrintedParsesToTheSame, ()) {
  ExprPtr expr = testing_support::RandomExpression::make(4);
  std::string text = to_string(*expr);
  auto parsed = parse_expression(text, "e");
  if (!parsed) RC_FAIL(text + "\n" + lines(parsed.error().problems));
  RC_ASSERT(to_string(**parsed) == text);
}

TEST(FormatTest, ParenthesesStandWhereTheyAreNeeded) {
  auto formatted = [](std::string_view text) { return to_string(**parse_expression(text, "e")); };
  EXPECT_EQ(formatted("((1)) + ((2 * (3)))"), "1 + 2 * 3");
  EXPECT_EQ(formatted("(context.a == 1) == (true)"), "(context.a == 1) == true");
  EXPECT_EQ(formatted("(context).a"), "context.a");
  EXPECT_EQ(formatted("(true && (false && true))"), "true && (false && true)");
  EXPECT_EQ(formatted("!(context.a.b)"), "!context.a.b");
}

}  // namespace
}  // namespace bailiwick::cedar
