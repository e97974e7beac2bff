#include "api/access_body.h"

#include <gtest/gtest.h>

#include "api/access_record.h"
#include "support/problems.h"

namespace bailiwick::api {
namespace {

using testing_support::lines;

json::object object(std::string_view text) {
  return parse_json_object(text).value();
}

std::string faults(const json::object& body, LeftOut left_out = LeftOut::kNothing) {
  auto read = read_access_request(body, nullptr, left_out, "/evaluations/3");
  return read ? "" : lines(read.error().problems);
}

TEST(AccessBodyTest, ReadsWhatItKnowsAndPassesOverTheRest) {
  json::object body = object(R"({"subject": {"type": "u", "id": "a", "more": 1}, "action": {"name": "v"},
    "resource": {"type": "r", "id": "b", "properties": {"x": 1}}, "context": {"y": 2}, "other": null})");
  policy::AccessRequest request = read_access_request(body, nullptr, LeftOut::kNothing).value();
  EXPECT_EQ(request.subject.type, "u");
  EXPECT_EQ(request.subject.properties, nullptr);
  EXPECT_EQ(request.action, "v");
  EXPECT_EQ(request.resource.id, "b");
  EXPECT_EQ(request.resource.properties->at("x"), 1);
  EXPECT_EQ(request.context->at("y"), 2);
}

TEST(AccessBodyTest, DefaultsAreReplacedWhole) {
  json::object defaults = object(R"({"subject": {"type": "u", "id": "a", "properties": {"x": 1}},
    "action": {"name": "v"}, "resource": {"type": "r", "id": "b"}})");
  json::object body = object(R"({"subject": {"type": "u", "id": "c"}})");
  policy::AccessRequest request = read_access_request(body, &defaults, LeftOut::kNothing).value();
  EXPECT_EQ(request.subject.id, "c");
  EXPECT_EQ(request.subject.properties, nullptr);
  EXPECT_EQ(request.resource.id, "b");
}

TEST(AccessBodyTest, EveryFaultHasItsPointer) {
  EXPECT_EQ(
      faults(object(R"({"subject": {"type": "", "id": 1}, "action": {}, "resource": [], "context": 1})")),
      "/evaluations/3/subject/type: expected a string that is not empty\n"
      "/evaluations/3/subject/id: expected a string that is not empty\n"
      "/evaluations/3/action/name: this is required\n"
      "/evaluations/3/resource: expected an object\n"
      "/evaluations/3/context: expected an object");
  json::object no_id =
      object(R"({"subject": {"type": "u"}, "action": {"name": "v"}, "resource": {"type": "r"}})");
  EXPECT_EQ(faults(no_id),
            "/evaluations/3/subject/id: this is required\n/evaluations/3/resource/id: this is required");
  EXPECT_EQ(faults(no_id, LeftOut::kSubjectId), "/evaluations/3/resource/id: this is required");
  EXPECT_EQ(faults(no_id, LeftOut::kResourceId), "/evaluations/3/subject/id: this is required");
}

TEST(AccessBodyTest, NamesAreBounded) {
  json::object body =
      object(R"({"subject": {"type": "u", "id": "a"}, "action": {"name": "v"}, "resource": {"type": "r"}})");
  body["resource"].as_object()["id"] = std::string(1024, 'x');
  EXPECT_EQ(faults(body), "");
  body["resource"].as_object()["id"] = std::string(1025, 'x');
  EXPECT_EQ(faults(body), "/evaluations/3/resource/id: has more than 1024 bytes");
}

TEST(AccessBodyTest, BatchesAndPagesAreBounded) {
  EXPECT_EQ(read_access_batch(object("{}"))->evaluations, nullptr);
  EXPECT_EQ(
      read_access_batch(object(R"({"options": {"evaluations_semantic": "deny_on_first_deny"}})"))->semantic,
      EvaluationsSemantic::kDenyOnFirstDeny);
  json::object many;
  many["evaluations"] = json::array(1001, json::object());
  for (const json::object& body : {many, object(R"({"evaluations": {}})"), object(R"({"options": 1})"),
                                   object(R"({"options": {"evaluations_semantic": 1}})")}) {
    EXPECT_FALSE(read_access_batch(body)) << json::serialize(body).substr(0, 80);
  }
  EXPECT_EQ(read_access_page(object(R"({"page": {"limit": 5000, "token": "t"}})"))->limit, 1000u);
  for (std::string_view body :
       {R"({"page": {"limit": 0}})", R"({"page": {"token": 1}})", R"({"page": []})"}) {
    EXPECT_FALSE(read_access_page(object(body))) << body;
  }
}

TEST(AccessRecordTest, KeepsWhatWasAskedAndHashesWhatIsLarge) {
  json::object small{{"x", 1}}, large{{"x", std::string(3000, 'y')}};
  policy::AccessRequest request{
      .subject = {"u", "a", &small}, .action = "v", .resource = {"r", "b", &large}, .context = &small};
  AccessRecord record;
  record.add(request, {.allowed = true, .policy = "p", .reason = {}});
  ledger::Record written;
  record.write(written, "9f");
  json::object extra = parse_json_object(written.extra_text).value();
  EXPECT_EQ(canonical_json(extra), written.extra_text);
  EXPECT_EQ(extra.at("revision"), "9f");
  const json::object& kept = extra.at("evaluations").as_array().front().as_object();
  EXPECT_EQ(kept.at("subject").at("properties"), small);
  EXPECT_EQ(kept.at("context"), small);
  EXPECT_FALSE(kept.at("resource").as_object().contains("properties"));
  EXPECT_EQ(kept.at("resource").at("properties_sha256").as_string().size(), 64u);
  EXPECT_EQ(kept.at("decision"), true);
  EXPECT_EQ(kept.at("policy"), "p");
}

// A record of the ledger holds 1 MiB: a thousand of the largest evaluations must fit.
TEST(AccessRecordTest, TheLargestBatchFitsIntoARecord) {
  std::string name(1024, '"');  // twice as long in JSON
  json::object given{{"x", std::string(2000, 'y')}};
  policy::AccessRequest request{.subject = {name, name, &given},
                                .action = name,
                                .action_properties = &given,
                                .resource = {name, name, &given},
                                .context = &given};
  std::string id(255, 'p');
  AccessRecord record;
  for (int i = 0; i < 1000; ++i) EXPECT_GT(record.add(request, {.policy = id, .reason = {}}), 8000u);
  ledger::Record written;
  record.write(written, "9f");
  EXPECT_LT(written.extra_text.size(), 1000u << 10);
  json::array kept = parse_json_object(written.extra_text).value().at("evaluations").as_array();
  ASSERT_EQ(kept.size(), 1000u);
  EXPECT_TRUE(kept.front().as_object().contains("subject"));
  EXPECT_EQ(kept.back().as_object().at("sha256").as_string().size(), 64u);
  EXPECT_EQ(kept.back().as_object().at("decision"), false);
}

}  // namespace
}  // namespace bailiwick::api
