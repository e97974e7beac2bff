#include "base/document.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick {
namespace {

/// The one problem that `text` has.
Problem problem_of(std::string_view text) {
  auto parsed = parse_yaml(text, "t.yaml");
  if (parsed) return {"", "it was accepted"};
  EXPECT_EQ(parsed.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(parsed.error().problems.size(), 1u);
  return parsed.error().problems.empty() ? Problem{} : parsed.error().problems.front();
}

// Every node knows where it stands, so that later findings can say so.
TEST(Document, NodesKnowLineAndColumn) {
  auto tree = parse_yaml("a: 1\nlist:\n  - x\n  - key: value\n", "t.yaml");
  ASSERT_TRUE(tree);
  const Node* list = tree->find("list");
  ASSERT_NE(list, nullptr);
  ASSERT_EQ(list->items.size(), 2u);
  EXPECT_EQ(list->items[0].line, 3);
  EXPECT_EQ(list->items[0].column, 5);
  const Node* value = list->items[1].find("key");
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(value->line, 4);
  EXPECT_EQ(value->column, 10);
  EXPECT_EQ(tree->entries[1].line, 2);
}

// What makes YAML dangerous or ambiguous is refused, each with its place.
TEST(Document, RefusesDangerousYaml) {
  struct Case {
    std::string text;
    std::string where;
    std::string part;
  };
  const Case kCases[] = {
      {"a: &x [1]\nb: 2\n", "t.yaml:1:4", "anchors"},
      {"a: 1\nb: *x\n", "t.yaml:2:4", "aliases"},
      {"a: !!int 1\n", "t.yaml:1:4", "tags"},
      {"<<: {a: 1}\n", "t.yaml:1:1", "merge keys"},
      {"a: 1\nb: 2\na: 3\n", "t.yaml:3:1", "stands twice"},
      {"a: 1\n---\nb: 2\n", "t.yaml:2:1", "second document"},
      {"[a]: 1\n", "t.yaml:1:1", "keys must be plain text"},
      {"a: \"x\\0y\"\n", "t.yaml:1:4", "NUL"},
      {"a: [1, 2\n", "t.yaml:2:1", ""},
      {"a:\n\t- 1\n", "t.yaml:2:1", ""},
  };
  for (const Case& one : kCases) {
    Problem problem = problem_of(one.text);
    EXPECT_EQ(problem.where, one.where) << one.text;
    EXPECT_NE(problem.message.find(one.part), std::string::npos) << one.text << problem.message;
  }
}

// The "billion laughs" needs aliases; it ends at the first anchor, before anything grows.
TEST(Document, RefusesBillionLaughs) {
  std::string bomb = "a: &a [lol, lol]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    bomb +=
        std::string(1, c) + ": &" + c + " [*" + std::string(1, c - 1) + ", *" + std::string(1, c - 1) + "]\n";
  }
  EXPECT_NE(problem_of(bomb).message.find("anchors"), std::string::npos);
}

// Bytes that are no text are refused whatever their place.
TEST(Document, RefusesBytesThatAreNoText) {
  EXPECT_FALSE(parse_yaml("a: \xff\xfe\n", "t.yaml"));
  EXPECT_FALSE(parse_yaml("a: \xc0\xaf\n", "t.yaml"));
  EXPECT_FALSE(parse_yaml(std::string_view("a: x\0y\n", 7), "t.yaml"));
  EXPECT_FALSE(parse_yaml("\xed\xa0\x80: 1\n", "t.yaml"));
}

// Depth and size have a bound, one step past which is refused.
TEST(Document, BoundsDepthAndSize) {
  auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(parse_yaml(nested(32), "t.yaml"));
  EXPECT_NE(problem_of(nested(34)).message.find("deeper"), std::string::npos);
  EXPECT_NE(problem_of(nested(100'000)).message.find("deeper"), std::string::npos);
  std::string full = "a: " + std::string((1 << 20) - 4, 'x') + "\n";
  EXPECT_TRUE(parse_yaml(full, "t.yaml"));
  EXPECT_EQ(problem_of(full + "#").message, "larger than 1 MiB; split the file");
}

// An empty document and one of comments alone are null, not a fault.
TEST(Document, EmptyIsNull) {
  for (const char* text : {"", "\n", "# nothing\n"}) {
    auto tree = parse_yaml(text, "t.yaml");
    ASSERT_TRUE(tree) << text;
    EXPECT_EQ(tree->kind, Node::Kind::kNull);
  }
}

// Plain scalars get the types of the core schema; YAML 1.1's surprises (no, on, 012, 1:30) stay text.
TEST(Document, CoreSchemaAlone) {
  auto tree = parse_yaml("[no, on, 012x, '1', 1, 1.5, true, null, ~, nan, inf, 1:30]", "t.yaml");
  ASSERT_TRUE(tree);
  EXPECT_EQ(json::serialize(to_json(*tree)),
            R"(["no","on","012x","1",1,1.5E0,true,null,null,"nan","inf","1:30"])");
}

rc::Gen<std::string> any_text() {
  return rc::gen::container<std::string>(
      rc::gen::weightedOneOf<char>({{8, rc::gen::inRange<char>(' ', '\x7e')},
                                    {1, rc::gen::element('\n', '\t', ':', '-', '#', '"', '\'', '~')}}));
}

json::value any_json(int depth) {
  int kind = *rc::gen::inRange(0, depth > 0 ? 7 : 5);
  if (kind == 0) return nullptr;
  if (kind == 1) return *rc::gen::arbitrary<bool>();
  if (kind == 2) return *rc::gen::arbitrary<std::int64_t>();
  if (kind <= 4) return json::string(*any_text());
  std::size_t size = *rc::gen::inRange<std::size_t>(0, 4);
  if (kind == 5) {
    json::array out;
    for (std::size_t i = 0; i < size; ++i) out.push_back(any_json(depth - 1));
    return out;
  }
  json::object out;
  for (std::size_t i = 0; i < size; ++i) out[*any_text() + std::to_string(i)] = any_json(depth - 1);
  return out;
}

// Whatever value is written as YAML is read back as the same value.
RC_GTEST_PROP(DocumentProperty, YamlRoundTrip, ()) {
  json::value value = any_json(3);
  std::string yaml = to_yaml(value);
  auto tree = parse_yaml(yaml, "t.yaml");
  if (!tree) RC_FAIL(yaml + "\n" + to_string(tree.error().problems));
  if (canonical_json(to_json(*tree)) != canonical_json(value)) RC_FAIL(yaml);
}

// No bytes crash the reader, and every refusal has a place.
RC_GTEST_PROP(DocumentProperty, AnyBytesAreAnswered, (const std::string& bytes)) {
  auto tree = parse_yaml(bytes, "t.yaml");
  if (tree) return;
  RC_ASSERT(tree.error().problems.size() == 1u);
  RC_ASSERT(tree.error().problems.front().where.starts_with("t.yaml:"));
}

}  // namespace
}  // namespace bailiwick
