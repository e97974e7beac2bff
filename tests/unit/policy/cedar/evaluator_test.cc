#include "policy/cedar/evaluator.h"

#include <gtest/gtest.h>

#include "policy/cedar/entities_json.h"
#include "policy/cedar/parser.h"
#include "support/problems.h"

namespace bailiwick::cedar {
namespace {

using testing_support::lines;

constexpr std::string_view kEntities = R"([
  {"uid": {"type": "User", "id": "alice"}, "attrs": {"age": 30, "name": "Alice", "boss": {"__entity": {"type": "User", "id": "bob"}},
    "address": {"city": "Bern"}, "from": {"__extn": {"fn": "ip", "arg": "10.1.2.3"}}}, "tags": {"team": "red"},
   "parents": [{"type": "Group", "id": "staff"}]},
  {"uid": {"type": "User", "id": "bob"}, "attrs": {"age": 50}, "parents": []},
  {"uid": {"type": "Group", "id": "staff"}, "attrs": {}, "parents": [{"type": "Group", "id": "all"}]}
])";

class EvaluatorTest : public testing::Test {
 protected:
  /// The value as Cedar writes it, or the fault in words.
  std::string evaluate(std::string_view text) {
    auto parsed = parse_expression(text, "e");
    if (!parsed) return lines(parsed.error().problems);
    Program program;
    std::uint32_t root = program.add(**parsed);
    Evaluator evaluator(program, entities_, request_, scratch_);
    Value value = evaluator.evaluate(root);
    return value.is_error() ? std::string(describe(evaluator.fault().kind)) : to_string(value);
  }
  std::string fault(FaultKind kind) { return std::string(describe(kind)); }

  Arena arena_;
  Scratch scratch_;
  Entities entities_ = parse_entities(parse_json(kEntities).value(), "entities", nullptr).value();
  const RecordData* context_ =
      parse_context(
          parse_json(R"({"n": 1, "s": ["a", "b", "a"], "r": {"x": {"y": 2}}, "least": -9223372036854775808})")
              .value(),
          nullptr, arena_)
          .value();
  Request request_{{"User", "alice"}, {"Action", "view"}, {"Photo", "x"}, context_};
};

TEST_F(EvaluatorTest, Values) {
  EXPECT_EQ(evaluate("1 + 2 * 3 - 4"), "3");
  EXPECT_EQ(evaluate("-context.n"), "-1");
  EXPECT_EQ(evaluate("principal"), R"(User::"alice")");
  EXPECT_EQ(evaluate("principal.boss.age"), "50");
  EXPECT_EQ(evaluate("principal.address.city"), R"("Bern")");
  EXPECT_EQ(evaluate(R"(principal.getTag("team"))"), R"("red")");
  EXPECT_EQ(evaluate("context.s"), R"(["a", "b"])");
  EXPECT_EQ(evaluate("context.r.x"), R"({"y": 2})");
  EXPECT_EQ(evaluate("{b: context.n, a: 2}"), R"({"a": 2, "b": 1})");
  EXPECT_EQ(evaluate("if context.n == 1 then \"one\" else 2"), R"("one")");
  EXPECT_EQ(evaluate(R"(duration("1d").toHours())"), "24");
  EXPECT_EQ(evaluate(R"(datetime("1970-01-02").durationSince(datetime("1970-01-01")))"),
            R"(duration("86400000ms"))");
}

TEST_F(EvaluatorTest, Truths) {
  for (std::string_view text : {
           "principal in Group::\"all\"",
           "principal in [Group::\"none\", Group::\"staff\"]",
           "principal in principal",
           "Photo::\"x\" == resource",
           "!(principal in Photo::\"x\")",
           "!(principal in [])",
           "principal is User",
           "!(principal is Photo)",
           "principal is User in Group::\"staff\"",
           "principal has age",
           "!(resource has age)",
           "principal has address.city",
           "!(principal has address.street.number)",
           "!(principal has boss.boss.age)",
           "context has r.x.y",
           "principal.hasTag(\"team\")",
           "!resource.hasTag(\"team\")",
           "context.s.contains(\"a\")",
           "context.s.containsAll([\"b\"])",
           "context.s.containsAny([\"z\", \"a\"])",
           "!context.s.containsAll([\"z\"])",
           "!context.s.isEmpty()",
           "[].isEmpty()",
           "[1, 2] == [2, 1, 2]",
           "{a: 1, b: 2} == {b: 2, a: 1}",
           "1 != \"1\"",
           "1 == 1",
           "[1, [2, \"x\"]].contains([\"x\", 2])",
           "principal.name like \"A*e\"",
           "principal.from.isInRange(ip(\"10.0.0.0/8\"))",
           "ip(\"10.1.2.3\") == principal.from",
           "decimal(\"1.50\") == decimal(\"1.5\")",
           "decimal(\"1.0\").lessThan(decimal(\"1.5\"))",
           "datetime(\"2024-01-01\") < datetime(\"2024-01-02\")",
           "duration(\"1h\") >= duration(\"60m\")",
           // What is not reached cannot fail.
           "true || 1",
           "!(false && 1)",
           "if true then true else 1 + \"a\" == 2",
       }) {
    EXPECT_EQ(evaluate(text), "true") << text;
  }
}

TEST_F(EvaluatorTest, Faults) {
  EXPECT_EQ(evaluate("1 + \"a\""), fault(FaultKind::kType));
  EXPECT_EQ(evaluate("1 && true"), fault(FaultKind::kType));
  EXPECT_EQ(evaluate("true && 1"), fault(FaultKind::kType));
  EXPECT_EQ(evaluate("!1"), fault(FaultKind::kType));
  EXPECT_EQ(evaluate("1 < duration(\"1d\")"), fault(FaultKind::kType));
  EXPECT_EQ(evaluate("decimal(\"1.0\") < decimal(\"2.0\")"), fault(FaultKind::kType));
  EXPECT_EQ(evaluate("principal in [Group::\"staff\", 1]"), fault(FaultKind::kType));
  EXPECT_EQ(evaluate("1 in principal"), fault(FaultKind::kType));
  EXPECT_EQ(evaluate("if 1 then 2 else 3"), fault(FaultKind::kType));
  EXPECT_EQ(evaluate("1.a"), fault(FaultKind::kType));
  EXPECT_EQ(evaluate("1 has a"), fault(FaultKind::kType));
  EXPECT_EQ(evaluate("context has n.x"), fault(FaultKind::kType));
  EXPECT_EQ(evaluate("principal.x"), fault(FaultKind::kNoAttribute));
  EXPECT_EQ(evaluate("context.x"), fault(FaultKind::kNoAttribute));
  EXPECT_EQ(evaluate("resource.x"), fault(FaultKind::kNoEntity));
  EXPECT_EQ(evaluate("principal.getTag(\"x\")"), fault(FaultKind::kNoTag));
  EXPECT_EQ(evaluate("resource.getTag(\"x\")"), fault(FaultKind::kNoEntity));
  EXPECT_EQ(evaluate("9223372036854775807 + 1"), fault(FaultKind::kOverflow));
  EXPECT_EQ(evaluate("-context.least"), fault(FaultKind::kOverflow));
  EXPECT_EQ(evaluate("context.least - 1"), fault(FaultKind::kOverflow));
  EXPECT_EQ(evaluate("context.least * 2"), fault(FaultKind::kOverflow));
  EXPECT_EQ(evaluate("ip(\"x\").isIpv4()"), fault(FaultKind::kText));
  EXPECT_EQ(evaluate("ip(context.n)"), fault(FaultKind::kType));
  EXPECT_EQ(evaluate("ip()"), fault(FaultKind::kArity));
}

TEST_F(EvaluatorTest, EqualPartsAreOneNode) {
  Program program;
  std::uint32_t first = program.add(**parse_expression("context.n + context.n", "e"));
  EXPECT_EQ(program.size(), 3u);  // context, its attribute, the sum
  EXPECT_EQ(program.add(**parse_expression("context.n + context.n", "e")), first);
  std::uint32_t constant = program.add(**parse_expression("[1, 2, 1]", "e"));
  EXPECT_EQ(program.add(**parse_expression("[2, 1]", "e")), constant);
  EXPECT_EQ(program.node(constant).op, Op::kConstant);
}

TEST_F(EvaluatorTest, WorkIsBounded) {
  json::array many;
  for (int i = 0; i < 100'000; ++i) many.emplace_back(i);
  request_.context = parse_context(json::object{{"many", std::move(many)}}, nullptr, arena_).value();
  EXPECT_EQ(evaluate("context.many.containsAll(context.many)"), "true");
  std::string work = "context.many.containsAll(context.many)";
  for (int i = 0; i < 5; ++i) work += " && context.many.containsAll(context.many)";
  EXPECT_EQ(evaluate(work), fault(FaultKind::kTooMuchWork));
}

}  // namespace
}  // namespace bailiwick::cedar
