// A record becomes canonical JSON with the documents' field names; nothing a caller sends can break it.
#include "ledger/record.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::ledger {
namespace {

Record request() {
  Record record;
  record.time = parse_rfc3339("2026-11-25T12:00:00.000042Z").value();
  record.request_id = "req-1";
  record.principal = "token:tok_1";
  record.action = "models.chat";
  record.resource = "/v1/chat/completions";
  record.decision = "allow";
  record.reason = "role.operator";
  record.policy_revision = "0123456789abcdef";
  record.program = "support";
  record.name_space = "wards";
  record.status = 200;
  record.latency_us = 1234;
  record.provider = "openai";
  record.model = "small";
  record.input_tokens = 10;
  record.output_tokens = 0;
  record.cost = PicoDollars::parse("0.00034").value();
  return record;
}

TEST(ToJson, ARequestHasItsFieldsInOrder) {
  EXPECT_EQ(
      to_json(request(), "acme-corp", 7),
      R"({"action":"models.chat","cost_usd":"0.00034","decision":"allow","input_tokens":10,"kind":"request",)"
      R"("latency_us":1234,"model":"small","namespace":"wards","output_tokens":0,"policy_revision":"0123456789abcdef",)"
      R"("principal":"token:tok_1","program":"support","provider":"openai","reason":"role.operator",)"
      R"("request_id":"req-1","resource":"/v1/chat/completions","sequence":7,"status":200,)"
      R"("tenant_id":"acme-corp","timestamp":"2026-11-25T12:00:00.000042Z"})");
}

TEST(ToJson, TargetsThatWerePassedOverStandInTheRecord) {
  Record record = request();
  record.passed_over = {{"azure", "big", "upstream.timeout"}, {"odd \"name\"", "big", "upstream.outrun"}};
  std::string text = to_json(record, "acme-corp", 7);
  EXPECT_NE(
      text.find(
          R"("output_tokens":0,"passed_over":[{"model":"big","provider":"azure","reason":"upstream.timeout"},)"
          R"({"model":"big","provider":"odd \"name\"","reason":"upstream.outrun"}],"policy_revision":)"),
      std::string::npos)
      << text;
  EXPECT_EQ(text, canonical_json(parse_json_object(text).value())) << "its keys are in order";
}

TEST(ToJson, ALineageRecordIsTheOneOfTheDocuments) {
  Record record;
  record.kind = RecordKind::kLineage;
  record.time = parse_rfc3339("2025-10-08T12:00:00Z").value();
  record.domain = "healthcare", record.usecase = "patient-qa", record.source_id = "doc-123";
  record.query_id = "q-456", record.chunk_id = "chunk-789", record.agent_id = "planner-v1";
  record.policy_revision = "1.2.3";
  record.trust_score = 0.82;
  json::object object = parse_json_object(to_json(record, "acme-corp", 1)).value();
  for (const char* key : {"tenant_id", "domain", "usecase", "source_id", "query_id", "chunk_id",
                          "trust_score", "agent_id", "policy_version", "timestamp"}) {
    EXPECT_TRUE(object.contains(key)) << key;
  }
  EXPECT_EQ(object["policy_version"], "1.2.3");
  EXPECT_DOUBLE_EQ(object["trust_score"].as_double(), 0.82);
}

TEST(ReadRecord, IsWhatWasWritten) {
  Record record = request();
  record.extra_text = R"({"a":"\u0000","deep":)" + std::string(40, '[') + std::string(40, ']') + "}";
  auto read = read_record({.payload = to_json(record, "acme-corp", 7)});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(canonical_json(read->at("extra")), record.extra_text);
  EXPECT_EQ(read->at("sequence"), json::value(7));
}

TEST(ToJson, MoneyIsExact) {
  for (const char* amount : {"0.00034", "12", "0.000000000001", "1.5", "8999999.999999999999", "10.01"}) {
    Record record = request();
    record.cost = PicoDollars::parse(amount).value();
    EXPECT_EQ(parse_json_object(to_json(record, "t", 1)).value()["cost_usd"], amount);
  }
}

TEST(ToJson, TimeIsThatOfTheClock) {
  for (const char* time :
       {"1970-01-01T00:00:00.000001Z", "2024-02-29T23:59:59.999999Z", "9999-12-31T00:00:00.000000Z"}) {
    Record record;
    record.time = parse_rfc3339(time).value();
    EXPECT_EQ(parse_json_object(to_json(record, "t", 1)).value()["timestamp"], time);
  }
}

TEST(ToJson, WhatIsNotTextIsReplaced) {
  Record record;
  using namespace std::string_literals;
  record.resource = "a\0\xff\xc0\xaf\xed\xa0\x80\n\"\\\xf0\x9f\x90\x9f\xe2\x82"s;
  auto object = parse_json_object(to_json(record, "t", 1));
  ASSERT_TRUE(object) << object.error().message;
  EXPECT_EQ((*object)["resource"], "a\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\n\"\\\U0001F41F\uFFFD\uFFFD");
}

RC_GTEST_PROP(ToJson, IsAlwaysCanonicalJson,
              (const std::string& resource, const std::string& reason, std::int64_t tokens)) {
  Record record = request();
  record.resource = resource;
  record.reason = reason;
  record.input_tokens = tokens;
  record.extra = {{"z", 1}, {"a", json::array{"x", nullptr}}};
  std::string text = to_json(record, "acme-corp", 1);
  auto value = parse_json(text);
  RC_ASSERT(value.has_value());
  RC_ASSERT(canonical_json(*value) == text);
}

}  // namespace
}  // namespace bailiwick::ledger
