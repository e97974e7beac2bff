#include "policy/cedar/parser.h"

#include <gtest/gtest.h>

#include "policy/cedar/format.h"
#include "policy/cedar/limits.h"
#include "support/problems.h"

namespace bailiwick::cedar {
namespace {

using testing_support::lines;

/// What the parser understood, printed on one line.
std::string understood(std::string_view text) {
  auto parsed = parse_expression(text, "e");
  return parsed ? to_string(**parsed) : lines(parsed.error().problems);
}

TEST(ParserTest, PrecedenceAndGrouping) {
  EXPECT_EQ(understood("1 + 2 * 3 - 4 == -5"), "1 + 2 * 3 - 4 == -5");
  EXPECT_EQ(understood("(1 + 2) * 3"), "(1 + 2) * 3");
  EXPECT_EQ(understood("1 - (2 - 3)"), "1 - (2 - 3)");
  EXPECT_EQ(understood("true || false && !true"), "true || false && !true");
  EXPECT_EQ(understood("(true || false) && true"), "(true || false) && true");
  EXPECT_EQ(understood("if true then 1 else if false then 2 else 3"),
            "if true then 1 else if false then 2 else 3");
  EXPECT_EQ(understood("(if true then 1 else 2) + 3"), "(if true then 1 else 2) + 3");
  EXPECT_EQ(understood("!!true"), "!(!true)");
  EXPECT_EQ(understood("- - 1"), "-(-1)");
  EXPECT_EQ(understood("(-1).x"), "(-1).x");
  EXPECT_EQ(understood("-9223372036854775808"), "-9223372036854775808");
}

TEST(ParserTest, EveryKindOfExpression) {
  for (std::string_view text : {
           R"(principal.name like "a*\*b")",
           R"(principal has a.b.c)",
           R"(principal has "a b")",
           R"(context["a b"].c)",
           R"(resource is NS::Photo in NS::Album::"x")",
           R"([1, "a", User::"b"].contains(1))",
           R"({a: 1, "b c": [true]}.a)",
           R"(ip("10.0.0.1").isInRange(ip("10.0.0.0/8")))",
           R"(decimal("1.5").lessThan(decimal("2.0")))",
           R"(principal.hasTag("a") && principal.getTag("a") == context.b)",
           R"([].isEmpty())",
           R"(datetime("2024-01-01").offset(duration("1d")) <= context.now)",
           R"(action in [Action::"a", Action::"b"])",
       }) {
    EXPECT_EQ(understood(text), text);
  }
}

TEST(ParserTest, PoliciesKeepWhatTheySay) {
  auto parsed = parse_policies(R"(
    // Everyone may look.
    @id("look") @note
    permit (principal is User in Group::"staff", action in [Action::"view", Action::"list"], resource == Photo::"x",)
    when { context.a } unless { context.b };
    forbid (principal in ?principal, action, resource is NS::Photo);
  )",
                               "p.cedar");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->size(), 2u);
  EXPECT_EQ(to_string(*parsed), R"(@id("look")
@note
permit (
  principal is User in Group::"staff",
  action in [Action::"view", Action::"list"],
  resource == Photo::"x"
)
when { context.a }
unless { context.b };

forbid (
  principal in ?principal,
  action,
  resource is NS::Photo
);
)");
  EXPECT_EQ((*parsed)[0].id, "policy0");
  EXPECT_FALSE((*parsed)[0].is_template());
  EXPECT_TRUE((*parsed)[1].is_template());
}

struct Fault {
  std::string_view text;
  std::string_view said;
};
class ParserFaults : public testing::TestWithParam<Fault> {};

TEST_P(ParserFaults, AreNamedWithTheirPlace) {
  auto parsed = parse_policies(GetParam().text, "p");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().reason, "policy.syntax");
  EXPECT_EQ(lines(parsed.error().problems), GetParam().said);
}

INSTANTIATE_TEST_SUITE_P(
    ParserTest, ParserFaults,
    testing::Values(
        Fault{"permit(principal, action);", "p:1:25: expected `,` and then `resource`, found `)`"},
        Fault{"allow(principal, action, resource);", "p:1:1: expected `permit` or `forbid`, found `allow`"},
        Fault{
            "permit(principal == 1, action, resource);",
            "p:1:21: a scope compares with one entity, such as `User::\"alice\"`; write the rest in `when`"},
        Fault{"permit(principal, action == User::\"a\", resource);",
              "p:1:29: the action is compared with actions, such as `Action::\"view\"`, or `in` a list of "
              "them"},
        Fault{"permit(principal, action, resource) when { };",
              "p:1:44: expected a condition in the braces, found `}`"},
        Fault{"permit(principal, action, resource) when { 1 == 2 == 3 };",
              "p:1:51: comparisons do not chain: put one in parentheses, or join them with `&&`"},
        Fault{"permit(principal, action, resource) when { a };",
              "p:1:44: `a` is no variable: they are principal, action, resource and context"},
        Fault{"permit(principal, action, resource) when { context.if };",
              "p:1:52: `if` is a reserved word; expected an attribute or a method after `.`"},
        Fault{"permit(principal, action, resource) when { 9223372036854775808 };",
              "p:1:44: numbers reach to 9223372036854775807"},
        Fault{"permit(principal, action, resource) when { 1 / 2 };",
              "p:1:46: Cedar has no division and no remainder"},
        Fault{"permit(principal, action, resource) when { context = 1 };", "p:1:52: write `==` to compare"},
        Fault{"permit(principal, action, resource) when { \"a };", "p:1:44: this string has no end"},
        Fault{"permit(principal, action, resource) when { {a: 1, a: 2} };",
              "p:1:51: the key `a` stands here twice"},
        Fault{"permit(principal, action, resource) when { principal == ?principal };",
              "p:1:57: a slot stands only in the scope of a template"},
        Fault{"permit(principal == ?resource, action, resource);",
              "p:1:21: `?principal` belongs to the principal and `?resource` to the resource"},
        Fault{"permit(principal, action, resource) when { ip };",
              "p:1:44: `ip` is no variable: they are principal, action, resource and context"},
        Fault{"permit(principal, action, resource) when { isIpv4(context.a) };",
              "p:1:44: `isIpv4` is a method: write `value.isIpv4(…)`"},
        Fault{"permit(principal, action, resource) when { context.a.ip() };",
              "p:1:54: `ip` is a function: write `ip(…)`"},
        Fault{"permit(principal, action, resource) when { [1].contains() };",
              "p:1:48: `contains` takes one argument"},
        Fault{"permit(principal, action, resource) when { principal like context.a };",
              "p:1:59: expected a pattern in quotes after `like`, found `context`"},
        Fault{"@a(\"1\") @a permit(principal, action, resource);",
              "p:1:10: the annotation `@a` stands here twice"},
        Fault{"permit(principal, action, resource)",
              "p:1:36: expected `when`, `unless` or `;`, found the end of the text"}));

TEST(ParserTest, EveryBrokenPolicyIsReported) {
  auto parsed = parse_policies("permit(a);\npermit(principal, action, resource);\n forbid(b);\n", "p");
  ASSERT_FALSE(parsed);
  ASSERT_EQ(parsed.error().problems.size(), 2u);
  EXPECT_EQ(parsed.error().problems[0].where, "p:1:8");
  EXPECT_EQ(parsed.error().problems[1].where, "p:3:9");
}

TEST(ParserTest, DepthIsBounded) {
  std::string open(100'000, '('), nots;
  EXPECT_NE(understood(open + "1").find("nest deeper"), std::string::npos);
  for (int i = 0; i < 100'000; ++i) nots += "!!!!(";
  EXPECT_NE(understood(nots).find("nest deeper"), std::string::npos);
  std::string sum = "1";
  for (int i = 0; i < 100'000; ++i) sum += "+1";
  EXPECT_NE(understood(sum).find("too"), std::string::npos);
  std::string chain = "context";
  for (int i = 0; i < 100'000; ++i) chain += ".a";
  EXPECT_NE(understood(chain).find("too"), std::string::npos);
  std::string wide = "true";
  for (int i = 0; i < 100'000; ++i) wide += " && true";
  EXPECT_TRUE(parse_expression(wide, "e"));
  EXPECT_EQ(parse_policies(std::string(kMaxTextBytes + 1, ' '), "p").error().reason, "policy.size");
}

TEST(ParserTest, TemplatesAreLinked) {
  auto parsed = parse_policies("permit(principal == ?principal, action, resource in ?resource);", "p");
  ASSERT_TRUE(parsed);
  EntityUid alice{"User", "alice"}, album{"Album", "a"};
  auto linked = link(parsed->front(), "linked", alice, album);
  ASSERT_TRUE(linked);
  EXPECT_FALSE(linked->is_template());
  EXPECT_EQ(to_string(*whole_expression(*linked)), R"(principal == User::"alice" && resource in Album::"a")");
  EXPECT_EQ(link(parsed->front(), "x", alice, std::nullopt).error().reason, "policy.link");
}

}  // namespace
}  // namespace bailiwick::cedar
