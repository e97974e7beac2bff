#include "policy/access.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "policy/cedar/entities_json.h"
#include "policy/rule_files.h"
#include "support/problems.h"

namespace bailiwick::policy {
namespace {

using testing_support::lines;

constexpr std::string_view kSchema = R"(
  entity Team;
  entity Color enum ["red", "green"];
  entity User in Team = { level: Long, email?: String };
  entity Chart = { owner?: User, closed?: Bool, price?: decimal };
  action view, sign appliesTo { principal: User, resource: Chart, context: { ip?: ipaddr, action?: { urgent?: Bool } } };
  action paint appliesTo { principal: Color, resource: Color };
)";
constexpr std::string_view kPolicies = R"(
  @id("own") permit(principal, action, resource is Chart) when { resource has owner && resource.owner == principal };
  @id("team") permit(principal in Team::"ward", action == Action::"view", resource);
  @id("senior") permit(principal is User, action == Action::"sign", resource) when { principal.level > 3 };
  @id("closed") @reason("the chart is closed") @remedy("reopen it")
  forbid(principal, action == Action::"sign", resource is Chart) when { resource has closed && resource.closed };
  @id("outside") forbid(principal, action == Action::"view", resource)
    when { context has ip && !context.ip.isInRange(ip("10.0.0.0/8")) };
  @id("urgent") permit(principal, action == Action::"view", resource is Chart)
    when { context has action && context.action has urgent && context.action.urgent };
  @id("paint") permit(principal == Color::"red", action == Action::"paint", resource);
)";
constexpr std::string_view kEntities = R"([
  {"uid": {"type": "Team", "id": "ward"}},
  {"uid": {"type": "User", "id": "zoe"}, "attrs": {"level": 5}, "parents": [{"type": "Team", "id": "ward"}]},
  {"uid": {"type": "User", "id": "ann"}, "attrs": {"level": 1}},
  {"uid": {"type": "Chart", "id": "c2"}, "attrs": {"owner": {"type": "User", "id": "ann"}}},
  {"uid": {"type": "Chart", "id": "c1"}, "attrs": {"closed": true}}
])";

Result<AccessPoliciesPtr> compile(std::string_view entities) {
  cedar::Schema schema = cedar::parse_schema(kSchema, "s").value();
  RuleFiles read = read_rules({{"app.cedar", std::string(kPolicies)}}, "", RulesOf::kTenant, &schema).value();
  TRY(json::value json, parse_json(entities));
  TRY(cedar::Entities parsed, cedar::parse_entities(json, "entities.json", &schema));
  return AccessPolicies::compile(read.application, std::move(schema), std::move(parsed), "entities.json");
}

class AccessTest : public testing::Test {
 protected:
  AccessTest() { policies_ = compile(kEntities).value(); }

  /// `allow own`, `deny closed: the chart is closed; …`, or the problems.
  std::string decide() {
    auto decision = policies_->decide(request_);
    if (!decision) return lines(decision.error().problems);
    std::string_view head = decision->allowed ? "allow " : "deny ";
    return std::string(head) + std::string(decision->policy) +
           (decision->allowed ? "" : ": " + decision->reason);
  }
  static std::vector<std::string> names(const Result<AccessPolicies::Found>& found) {
    return found.value().names;
  }

  AccessPoliciesPtr policies_;
  json::object properties_, context_, action_properties_;
  AccessRequest request_{.subject = {"User", "zoe"}, .action = "view", .resource = {"Chart", "c1"}};
};

TEST_F(AccessTest, WhatIsDeclaredDecides) {
  EXPECT_EQ(decide(), "allow team");
  request_.action = "sign";
  EXPECT_EQ(decide(), "deny closed: the chart is closed; reopen it");
  request_.resource.id = "c2";
  EXPECT_EQ(decide(), "allow senior");
  request_.subject.id = "ann";
  EXPECT_EQ(decide(), "allow own");
  request_.resource.id = "c1";
  request_.action = "view";
  EXPECT_EQ(decide(), "deny : no policy permits this");
}

TEST_F(AccessTest, PropertiesAddWhatIsNotDeclared) {
  request_.action = "sign";
  request_.resource = {"Chart", "new", &properties_};
  request_.subject.id = "ann";
  properties_ = {{"owner", {{"type", "User"}, {"id", "ann"}}}, {"title", nullptr}};
  EXPECT_EQ(decide(), "allow own") << "a key that the schema does not know is passed over";
  request_.resource.id = "c1";
  properties_ = {{"closed", false}, {"owner", {{"type", "User"}, {"id", "ann"}}}};
  EXPECT_EQ(decide(), "deny closed: the chart is closed; reopen it") << "what is declared holds";
}

TEST_F(AccessTest, PropertiesAreOfTheSchemasTypes) {
  request_.resource.properties = &properties_;
  request_.context = &context_;
  properties_ = {{"closed", "yes"}, {"price", "1.25"}};
  EXPECT_EQ(decide(), "/resource/properties/closed: expected Bool");
  properties_ = {{"owner", {{"type", "Team"}, {"id", "ward"}}}};
  EXPECT_EQ(decide(), "/resource/properties/owner: expected an entity of User");
  properties_ = {};
  context_ = {{"ip", "300.1.1.1"}};
  EXPECT_NE(decide().find("/context/ip: "), std::string::npos);
  context_ = {{"ip", "10.1.2.3"}, {"unknown", 1.5}};
  EXPECT_EQ(decide(), "allow team");
  context_ = {{"ip", "192.168.0.1"}};
  EXPECT_EQ(decide(), "deny outside: `outside` forbids this");
}

TEST_F(AccessTest, PropertiesOfTheActionAreInTheContext) {
  request_.subject.id = "ann";
  EXPECT_EQ(decide(), "deny : no policy permits this");
  action_properties_ = {{"urgent", true}};
  request_.action_properties = &action_properties_;
  EXPECT_EQ(decide(), "allow urgent");
}

TEST_F(AccessTest, NamesAreUnderstoodInAnyCase) {
  request_.subject.type = "user";
  request_.resource.type = "chart";
  request_.action = "VIEW";
  EXPECT_EQ(decide(), "allow team");
}

TEST(AccessNamesTest, TheExactNameWinsAndNoneIsGuessed) {
  cedar::Schema schema = cedar::parse_schema(
                             "entity U; entity D; action Read, read, Write, write appliesTo "
                             "{ principal: U, resource: D };",
                             "s")
                             .value();
  std::string text = "permit(principal, action == Action::\"read\", resource);";
  RuleFiles read = read_rules({{"a.cedar", text}}, "", RulesOf::kTenant, &schema).value();
  auto entities = cedar::parse_entities(json::array(), "e", &schema).value();
  auto policies =
      AccessPolicies::compile(read.application, std::move(schema), std::move(entities), "e").value();
  auto allows = [&](std::string_view action) {
    AccessRequest request{.subject = {"U", "u"}, .action = action, .resource = {"D", "d"}};
    return policies->decide(request).value().allowed;
  };
  EXPECT_TRUE(allows("read"));
  EXPECT_FALSE(allows("Read"));
  EXPECT_FALSE(allows("READ")) << "one of two, and nothing says which";
}

TEST_F(AccessTest, EnumeratedTypesHaveTheirValuesAlone) {
  request_ = {.subject = {"Color", "red"}, .action = "paint", .resource = {"Color", "green"}};
  EXPECT_EQ(decide(), "allow paint");
  request_.resource.id = "blue";
  EXPECT_EQ(decide().substr(0, 5), "deny ");
}

TEST_F(AccessTest, WhatTheSchemaDoesNotKnowIsDenied) {
  request_.action = "eat";
  EXPECT_EQ(decide(), "deny : there is no such action, or several of its name that apply");
  request_.action = "view";
  request_.subject.type = "Robot";
  EXPECT_EQ(decide(), "deny : the action does not apply to a subject and a resource of these types");
}

TEST_F(AccessTest, SearchesFindWhatDecisionsAllow) {
  EXPECT_EQ(names(policies_->search_subjects(request_, {})), std::vector<std::string>{"zoe"});
  EXPECT_EQ(names(policies_->search_resources(request_, {})), (std::vector<std::string>{"c2", "c1"}));
  EXPECT_EQ(names(policies_->search_actions(request_, {})), std::vector<std::string>{"view"});
  request_.resource.id = "c2";
  EXPECT_EQ(names(policies_->search_actions(request_, {})), (std::vector<std::string>{"view", "sign"}));
  EXPECT_EQ(names(policies_->search_subjects(request_, {})), (std::vector<std::string>{"zoe", "ann"}));
  request_.subject.type = "Robot";
  EXPECT_TRUE(names(policies_->search_subjects(request_, {})).empty());
  request_ = {.subject = {"Color", "red"}, .action = "paint", .resource = {"Color", "green"}};
  EXPECT_EQ(names(policies_->search_subjects(request_, {})), std::vector<std::string>{"red"});
  EXPECT_EQ(names(policies_->search_resources(request_, {})), (std::vector<std::string>{"red", "green"}));
}

TEST_F(AccessTest, SearchesGoPageByPage) {
  auto first = policies_->search_resources(request_, {.limit = 1});
  EXPECT_EQ(names(first), std::vector<std::string>{"c2"});
  ASSERT_TRUE(first->next);
  auto second = policies_->search_resources(request_, {.start = *first->next, .limit = 1});
  EXPECT_EQ(names(second), std::vector<std::string>{"c1"});
  EXPECT_FALSE(second->next);
}

// A policy that touches a large set for each candidate ends the page, not the server's patience.
TEST(AccessSearchTest, APageEndsWhenItTookTooMuchWork) {
  cedar::Schema schema =
      cedar::parse_schema(
          "entity U = { many: Set<Long> }; entity D; action a appliesTo { principal: U, resource: D };", "s")
          .value();
  std::string text = "permit(principal, action == Action::\"a\", resource) when { ";
  for (int i = 0; i < 40; ++i)
    text += fmt::format("{}principal.many.containsAll([{}])", i == 0 ? "" : " && ", i);
  RuleFiles read = read_rules({{"app.cedar", text + " };"}}, "", RulesOf::kTenant, &schema).value();
  json::array many, entities;
  for (int i = 0; i < 1000; ++i) many.push_back(i);
  for (int i = 0; i < 500; ++i) {
    entities.push_back({{"uid", {{"type", "U"}, {"id", std::to_string(i)}}},
                        {"attrs", {{"many", many}}},
                        {"parents", json::array()}});
  }
  auto policies = AccessPolicies::compile(read.application, schema,
                                          cedar::parse_entities(entities, "e", &schema).value(), "e")
                      .value();
  AccessRequest request{.subject = {"U", {}}, .action = "a", .resource = {"D", "d"}};
  std::size_t found = 0, pages = 0;
  for (std::optional<std::size_t> next = 0; next; ++pages) {
    auto page = policies->search_subjects(request, {.start = *next}).value();
    found += page.names.size();
    next = page.next;
  }
  EXPECT_EQ(found, 500u);
  EXPECT_GE(policies->decide({.subject = {"U", "1"}, .action = "a", .resource = {"D", "d"}})->steps, 40u);
  std::uint64_t each =
      policies->decide({.subject = {"U", "1"}, .action = "a", .resource = {"D", "d"}})->steps;
  EXPECT_GT(pages, 2u);
  EXPECT_LE(pages, 1 + each * 500 / kMaxRequestSteps) << "a page ends with the candidate that was too much";
}

TEST(AccessCompileTest, EntitiesAreAsTheSchemaSays) {
  auto faults = [](std::string_view entities) {
    auto compiled = compile(entities);
    return compiled ? "" : lines(compiled.error().problems);
  };
  EXPECT_EQ(faults(R"([{"uid": {"type": "User", "id": "a"}}])"),
            R"(entities.json#User::"a": `level` is missing)");
  EXPECT_EQ(faults(R"([{"uid": {"type": "User", "id": "a"}, "attrs": {"level": "1"}}])"),
            R"(entities.json#User::"a": in `level`: expected Long)");
  EXPECT_EQ(faults(R"([{"uid": {"type": "Robot", "id": "a"}}])"),
            R"(entities.json#Robot::"a": the schema has no such entity type)");
  EXPECT_EQ(faults(R"([{"uid": {"type": "Color", "id": "blue"}}])"),
            R"(entities.json#Color::"blue": this is none of the entities of its type)");
  EXPECT_EQ(faults(R"([{"uid": {"type": "Team", "id": "a"}, "parents": [{"type": "Team", "id": "b"}]}])"),
            R"(entities.json#Team::"a": the schema does not let it be in Team::"b")");
  EXPECT_EQ(faults(R"([{"uid": {"type": "Team", "id": "a"}, "tags": {"x": 1}}])"),
            R"(entities.json#Team::"a": entities of its type have no tags)");
}

}  // namespace
}  // namespace bailiwick::policy
