#include "base/binding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/printing.h"

namespace bailiwick {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

enum class Colour { kRed, kGreen };
constexpr std::array<std::pair<std::string_view, Colour>, 2> enum_table(Colour) {
  return {{{"red", Colour::kRed}, {"green", Colour::kGreen}}};
}

struct Inner {
  std::int64_t count = 7;
  std::optional<double> share;
};
template <class Visitor>
void describe(Visitor& v, Inner& inner) {
  v.required("count", inner.count, "How many.", {.min = 0, .max = 100});
  v.field("share", inner.share, "How much.", {.min = 0, .max = 1});
}

struct Outer {
  std::string name;
  Colour colour = Colour::kGreen;
  bool open = false;
  PicoDollars price;
  std::chrono::milliseconds wait{1000};
  std::vector<std::string> words;
  std::map<std::string, Inner> inners;
  Json rest;
};
template <class Visitor>
void describe(Visitor& v, Outer& outer) {
  v.required("name", outer.name, "Of it.", {.max_length = 10, .min_length = 1});
  v.field("colour", outer.colour, "Of it.");
  v.field("open", outer.open, "Whether it is.");
  v.field("price", outer.price, "In USD.");
  v.field("wait", outer.wait, "How long.");
  v.field("words", outer.words, "Some.", {.max_length = 3});
  v.field("inners", outer.inners, "By name.");
  v.field("rest", outer.rest, "Anything.");
  v.require(outer.name != "bad" || !outer.open, "what is bad may not be open");
}

Result<Outer> read_outer(std::string_view text) {
  auto tree = parse_yaml(text, "t.yaml");
  if (!tree) return std::unexpected(tree.error());
  return bind_document<Outer>(*tree, "t.yaml");
}

std::vector<std::string> problems_of(std::string_view text) {
  auto bound = read_outer(text);
  std::vector<std::string> lines;
  if (bound) return lines;
  for (const Problem& problem : bound.error().problems)
    lines.push_back(problem.where + " " + problem.message);
  return lines;
}

// A whole document fills its structure; what is not given keeps its default.
TEST(Binding, FillsAStructure) {
  auto outer = read_outer(
      "name: box\ncolour: red\nopen: true\nprice: 0.10\nwait: 90s\nwords: [a, b]\n"
      "inners: {x: {count: 3, share: 0.5}}\nrest: {k: [1]}\n");
  ASSERT_TRUE(outer) << to_string(outer.error().problems);
  EXPECT_EQ(outer->colour, Colour::kRed);
  EXPECT_TRUE(outer->open);
  EXPECT_EQ(outer->price.to_decimal(), "0.1");
  EXPECT_EQ(outer->wait, std::chrono::seconds(90));
  EXPECT_THAT(outer->words, ElementsAre("a", "b"));
  EXPECT_EQ(outer->inners.at("x").count, 3);
  EXPECT_EQ(outer->inners.at("x").share, 0.5);
  EXPECT_EQ(read_outer("name: box\n")->wait, std::chrono::seconds(1));
}

// Every fault is reported at once, in one pass, each with its own line and column.
TEST(Binding, ReportsEveryFaultAtOnce) {
  EXPECT_THAT(problems_of("colour: blue\nopen: yes\nprice: much\ninners:\n  x: {count: 101}\n  y: {share: "
                          "0.5}\nopem: true\n"),
              ElementsAre("t.yaml:1:1 name: 'name' is required",              //
                          "t.yaml:1:9 colour: expected one of red, green",    //
                          "t.yaml:2:7 open: expected true or false",          //
                          ::testing::StartsWith("t.yaml:3:8 price: "),        //
                          "t.yaml:5:14 inners/x/count: must be at most 100",  //
                          "t.yaml:6:6 inners/y/count: 'count' is required",   //
                          "t.yaml:7:1 opem: unknown key; did you mean 'open'?"));
}

// Numbers, lists and texts keep to their bounds; exactly at a bound is allowed.
TEST(Binding, ChecksBounds) {
  EXPECT_TRUE(problems_of("name: '1234567890'\nwords: [a, b, c]\n").empty());
  EXPECT_THAT(problems_of("name: '12345678901'\nwords: [a, b, c, d]\n"),
              ElementsAre(HasSubstr("longer than 10 bytes"), HasSubstr("expected 0 to 3 items")));
  EXPECT_THAT(problems_of("name: ''\n"), ElementsAre(HasSubstr("may not be empty")));
  EXPECT_THAT(problems_of("name: x\ninners: {x: {count: 1.5}}\n"), ElementsAre(HasSubstr("whole number")));
  EXPECT_THAT(problems_of("name: x\ninners: {x: {count: 99999999999999999999}}\n"),
              ElementsAre(HasSubstr("whole number")));
}

// Text that reads as another type is refused without repeating it: it might be a secret.
TEST(Binding, RefusesTextThatReadsAsAnotherTypeWithoutEcho) {
  auto lines = problems_of("name: 123456\n");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("quotes"));
  EXPECT_EQ(lines[0].find("123456"), std::string::npos);
}

// A rule across fields is checked once the fields are read.
TEST(Binding, ChecksRulesAcrossFields) {
  EXPECT_THAT(problems_of("name: bad\nopen: true\n"), ElementsAre("t.yaml:1:1 what is bad may not be open"));
  EXPECT_TRUE(problems_of("name: bad\n").empty());
}

// JSON bodies name pointers, escaped as RFC 6901 says.
TEST(Binding, JsonProblemsArePointers) {
  auto bound = bind_json<Outer>(R"({"name": "x", "inners": {"a/b~": {"count": -1}}})");
  ASSERT_FALSE(bound);
  ASSERT_EQ(bound.error().problems.size(), 1u);
  EXPECT_EQ(bound.error().problems[0].where, "/inners/a~1b~0/count");
}

// Reading over a filled structure replaces what is given and keeps the rest.
TEST(Binding, ReadsOver) {
  Outer outer = *read_outer("name: box\nopen: true\nwords: [a]\n");
  BindContext context("over.yaml");
  Binding<Outer>::read(context, *parse_yaml("name: lid\nwords: [b]\n", "over.yaml"), outer, {});
  EXPECT_TRUE(context.problems().empty());
  EXPECT_EQ(outer.name, "lid");
  EXPECT_TRUE(outer.open);
  EXPECT_THAT(outer.words, ElementsAre("b"));
}

// The same description prints a schema that knows names, bounds, words and what is required.
TEST(Binding, PrintsItsSchema) {
  json::object schema = Binding<Outer>::schema({});
  EXPECT_EQ(schema.at("additionalProperties"), json::value(false));
  EXPECT_EQ(json::serialize(schema.at("required")), R"(["name"])");
  const json::object& properties = schema.at("properties").as_object();
  EXPECT_EQ(properties.size(), 8u);
  EXPECT_EQ(json::serialize(properties.at("colour").at("enum")), R"(["red","green"])");
  EXPECT_EQ(properties.at("name").at("maxLength"), json::value(10u));
  EXPECT_EQ(properties.at("name").at("description"), json::value("Of it."));
  const json::value& count = properties.at("inners").at("additionalProperties").at("properties").at("count");
  EXPECT_EQ(count.at("maximum").as_double(), 100);
}

rc::Gen<std::string> word() {
  return rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', 'z')));
}

// What is printed is read back as the same: the description's three readings agree.
RC_GTEST_PROP(BindingProperty, PrintedIsReadBack, ()) {
  Outer outer;
  outer.name = (*word()).substr(0, 10);
  outer.colour = *rc::gen::element(Colour::kRed, Colour::kGreen);
  outer.price = PicoDollars(*rc::gen::inRange<std::int64_t>(0, 9'000'000 * PicoDollars::kPerDollar));
  outer.wait = std::chrono::milliseconds(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000));
  outer.words = *rc::gen::resize(3, rc::gen::container<std::vector<std::string>>(word()));
  outer.words.resize(std::min<std::size_t>(outer.words.size(), 3));
  outer.inners[*word()] = {*rc::gen::inRange<std::int64_t>(0, 101), 0.25};
  json::value printed = to_json_value(outer);
  auto again = read_outer(to_yaml(printed));
  if (!again) RC_FAIL(to_yaml(printed) + to_string(again.error().problems));
  RC_ASSERT(canonical_json(to_json_value(*again)) == canonical_json(printed));
}

// However many faults there are, the answer can be read, and it says that there are more.
TEST(Binding, ListsAHundredFaultsAndSaysThatThereAreMore) {
  std::string text = "name: x\n";
  for (int i = 0; i < 5000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  auto bound = read_outer(text);
  ASSERT_FALSE(bound);
  ASSERT_EQ(bound.error().problems.size(), 101u);
  EXPECT_THAT(bound.error().problems.back().message, HasSubstr("more faults"));
}

}  // namespace
}  // namespace bailiwick
