#include "policy/cedar/schema.h"

#include <gtest/gtest.h>

#include "support/problems.h"

namespace bailiwick::cedar {
namespace {

using testing_support::lines;

constexpr std::string_view kText = R"(
  // Photos and who may see them.
  type Address = { city: String, "zip code"?: Long };
  @doc("people")
  entity User in [Group] = { age: Long, home?: Address, boss?: User } tags Set<String>;
  entity Group;
  entity Team, Crew in Group;
  entity Color enum ["red", "green"];
  action look;
  action "view photo", list in [look] appliesTo { principal: [User, Team], resource: NS::Photo, context: { mfa: Bool } };
  namespace NS {
    type Size = Long;
    entity Photo { size: Size, taken: datetime, by: User, at: __cedar::ipaddr, price: decimal };
    action share in ["send", Action::"look"] appliesTo { principal: User, resource: Photo, context: Ctx };
    action send;
    type Ctx = { "for"?: duration };
  }
)";

constexpr std::string_view kJson = R"({
  "": {
    "commonTypes": {"Address": {"type": "Record", "attributes": {"city": {"type": "String"}, "zip code": {"type": "Long", "required": false}}}},
    "entityTypes": {
      "User": {"memberOfTypes": ["Group"], "tags": {"type": "Set", "element": {"type": "String"}},
        "shape": {"type": "Record", "attributes": {"age": {"type": "Long"}, "home": {"type": "Address", "required": false},
          "boss": {"type": "Entity", "name": "User", "required": false}}}},
      "Group": {}, "Team": {"memberOfTypes": ["Group"]}, "Crew": {"memberOfTypes": ["Group"]}, "Color": {"enum": ["red", "green"]}},
    "actions": {
      "look": {},
      "view photo": {"memberOf": [{"id": "look"}], "appliesTo": {"principalTypes": ["User", "Team"], "resourceTypes": ["NS::Photo"],
        "context": {"type": "Record", "attributes": {"mfa": {"type": "Boolean"}}}}},
      "list": {"memberOf": [{"id": "look", "type": "Action"}], "appliesTo": {"principalTypes": ["User", "Team"], "resourceTypes": ["NS::Photo"],
        "context": {"type": "Record", "attributes": {"mfa": {"type": "Boolean"}}}}}}},
  "NS": {
    "commonTypes": {"Size": {"type": "Long"}, "Ctx": {"type": "Record", "attributes": {"for": {"type": "Extension", "name": "duration", "required": false}}}},
    "entityTypes": {"Photo": {"shape": {"type": "Record", "attributes": {"size": {"type": "Size"}, "taken": {"type": "Extension", "name": "datetime"},
      "by": {"type": "EntityOrCommon", "name": "User"}, "at": {"type": "__cedar::ipaddr"}, "price": {"type": "decimal"}}}}},
    "actions": {"send": {}, "share": {"memberOf": [{"id": "send"}, {"id": "look", "type": "Action"}],
      "appliesTo": {"principalTypes": ["User"], "resourceTypes": ["Photo"], "context": {"type": "Ctx"}}}}}
})";

std::string said(const Result<Schema>& schema) {
  return schema ? "ok" : lines(schema.error().problems);
}

class SchemaForms : public testing::TestWithParam<bool> {};

TEST_P(SchemaForms, SayTheSame) {
  auto schema = GetParam() ? parse_schema_json(kJson, "s") : parse_schema(kText, "s");
  ASSERT_TRUE(schema) << said(schema);
  const EntityTypeInfo* user = schema->entity_type("User");
  ASSERT_TRUE(user);
  EXPECT_EQ(to_string(*user->shape),
            R"({"age": Long, "boss"?: User, "home"?: {"city": String, "zip code"?: Long}})");
  EXPECT_EQ(to_string(*user->tags), "Set<String>");
  EXPECT_EQ(schema->entity_type("Group")->descendants, (std::set<std::string>{"Crew", "Team", "User"}));
  EXPECT_EQ(schema->entity_type("Color")->choices, (std::vector<std::string>{"red", "green"}));
  EXPECT_EQ(to_string(*schema->entity_type("NS::Photo")->shape),
            R"({"at": ipaddr, "by": User, "price": decimal, "size": Long, "taken": datetime})");
  EXPECT_TRUE(schema->may_be_in("User", "Group"));
  EXPECT_TRUE(schema->may_be_in("User", "User"));
  EXPECT_FALSE(schema->may_be_in("Group", "User"));
  const ActionInfo* view = schema->action({"Action", "view photo"});
  ASSERT_TRUE(view);
  EXPECT_EQ(view->principals, (std::vector<std::string>{"User", "Team"}));
  EXPECT_EQ(view->resources, std::vector<std::string>{"NS::Photo"});
  EXPECT_EQ(to_string(*view->context), R"({"mfa": Bool})");
  EXPECT_EQ(schema->action({"Action", "look"})->descendants.size(), 3u);
  const ActionInfo* share = schema->action({"NS::Action", "share"});
  ASSERT_TRUE(share);
  EXPECT_EQ(share->parents, (std::set<EntityUid>{{"Action", "look"}, {"NS::Action", "send"}}));
  EXPECT_EQ(to_string(*share->context), R"({"for"?: duration})");
}
INSTANTIATE_TEST_SUITE_P(SchemaTest, SchemaForms, testing::Bool(),
                         [](const auto& form) { return form.param ? "Json" : "Text"; });

struct Fault {
  std::string_view text;
  std::string_view said;
};
class SchemaFaults : public testing::TestWithParam<Fault> {};

TEST_P(SchemaFaults, AreNamedWithTheirPlace) {
  EXPECT_EQ(said(parse_schema(GetParam().text, "s")), GetParam().said);
}
INSTANTIATE_TEST_SUITE_P(
    SchemaTest, SchemaFaults,
    testing::Values(
        Fault{"entity A = { a: B };", "s:1:17: there is no type `B`"},
        Fault{"entity A in B;", "s:1:13: there is no entity type `B`"},
        Fault{"entity A; entity A;", "s:1:18: A is declared twice"},
        Fault{"type A = Long; entity A;", "s:1:23: A is declared twice"},
        Fault{"type A = { b: B }; type B = Set<A>;", "s:1:6: the type `A` contains itself"},
        Fault{"type Long = String;", "s:1:6: `Long` is a built-in type"},
        Fault{"entity Action;", "s:1:8: `Action` is the type of actions"},
        Fault{"action a in b;", "s:1:13: there is no action Action::\"b\""},
        Fault{"action a in b; action b in a;",
              "s:1:8: Action::\"a\" is its own ancestor\ns:1:23: Action::\"b\" is its own ancestor"},
        Fault{"entity A; action a appliesTo { principal: A };",
              "s:1:46: the action at s:1:18 needs a `principal` and a `resource` in `appliesTo`"},
        Fault{"entity A; action a appliesTo { principal: A, resource: A, context: Long };",
              "s:1:18: a context is a record"},
        Fault{"entity A; action a appliesTo { principal: A, principal: A, resource: A };",
              "s:1:46: `principal` stands here twice"},
        Fault{"entity A = { a: Long, a: Long };", "s:1:23: the attribute `a` is declared twice"},
        Fault{"entity A; namespace N { entity A; }",
              "s:1:32: `A` hides the type of this name outside of any namespace"},
        Fault{"entity A enum [];", "s:1:16: expected an id in quotes, found `]`"},
        Fault{"entity A", "s:1:9: expected `;`, found the end of the text"},
        Fault{"enty A;", "s:1:1: expected `entity`, `action`, `type` or `namespace`, found `enty`"},
        Fault{"@a @a entity A;", "s:1:5: the annotation `@a` stands here twice"},
        Fault{"entity if;", "s:1:8: `if` is a reserved word; expected an entity type's name"}));

TEST(SchemaTest, JsonFaultsAreNamedWithTheirPointer) {
  auto said_of = [](std::string_view text) { return said(parse_schema_json(text, "s")); };
  EXPECT_EQ(
      said_of(
          R"({"": {"entityTypes": {"A": {"shape": {"type": "Record", "attributes": {"a": {"type": "B"}}}}}, "actions": {}}})"),
      "s#//entityTypes/A/shape/attributes/a: there is no type `B`");
  EXPECT_EQ(said_of(R"({"": {"entityTypes": {"A": {"member": []}}, "actions": {}}})"),
            "s#//entityTypes/A/member: there is no key `member` here");
  EXPECT_EQ(said_of(R"({"": {"entityTypes": {"A": {"enum": ["a"], "memberOfTypes": ["A"]}}}})"),
            "s#//entityTypes/A: an enumerated type has ids and nothing else");
  EXPECT_EQ(said_of(R"({"": {"actions": {"a": {"appliesTo": {"principalTypes": []}}}}})"),
            "s#//actions/a/appliesTo: the key `resourceTypes` is missing");
  EXPECT_EQ(said_of(R"({"1": {}})"), "s#/1: `1` is no name");
  EXPECT_EQ(parse_schema_json("[", "s").error().reason, "json.malformed");
}

TEST(SchemaTest, DepthAndSizeAreBounded) {
  std::string deep = "type A = ";
  for (int i = 0; i < 100'000; ++i) deep += "Set<";
  EXPECT_NE(said(parse_schema(deep, "s")).find("too deep"), std::string::npos);
  std::string chain = "entity A0;";
  for (int i = 1; i < 500; ++i)
    chain += "entity A" + std::to_string(i) + " in A" + std::to_string(i - 1) + ";";
  EXPECT_NE(said(parse_schema(chain, "s")).find("too large"), std::string::npos);
  std::string doubled = "type T0 = { a: Long };";
  for (int i = 1; i < 64; ++i) {
    std::string before = "T" + std::to_string(i - 1);
    doubled += "type T" + std::to_string(i) + " = { a: " + before + ", b: " + before + " };";
  }
  EXPECT_NE(said(parse_schema(doubled, "s")).find("more than 10000 parts"), std::string::npos);
}

}  // namespace
}  // namespace bailiwick::cedar
