// Every kind of error in every dialect: its status, its shape, and nothing that was meant for the log.
#include "edge/error_encoder.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace bailiwick::edge {
namespace {

struct Expected {
  ErrorCode code;
  int status;
  std::string_view openai, anthropic;
  bool retry = false;
};
// Whatever may heal by itself is left to the client libraries' own retries.
const Expected kExpected[] = {
    {ErrorCode::kInvalid, 400, "invalid_request_error", "invalid_request_error"},
    {ErrorCode::kUnauthenticated, 401, "authentication_error", "authentication_error"},
    {ErrorCode::kPaymentRequired, 402, "insufficient_quota", "billing_error"},
    {ErrorCode::kForbidden, 403, "permission_error", "permission_error"},
    {ErrorCode::kNotFound, 404, "not_found_error", "not_found_error"},
    {ErrorCode::kMethodNotAllowed, 405, "invalid_request_error", "invalid_request_error"},
    {ErrorCode::kTimeout, 408, "invalid_request_error", "invalid_request_error", true},
    {ErrorCode::kConflict, 409, "invalid_request_error", "invalid_request_error"},
    {ErrorCode::kGone, 410, "invalid_request_error", "invalid_request_error"},
    {ErrorCode::kPreconditionFailed, 412, "invalid_request_error", "invalid_request_error"},
    {ErrorCode::kTooLarge, 413, "invalid_request_error", "request_too_large"},
    {ErrorCode::kUnsupportedMedia, 415, "invalid_request_error", "invalid_request_error"},
    {ErrorCode::kPreconditionRequired, 428, "invalid_request_error", "invalid_request_error"},
    {ErrorCode::kRateLimited, 429, "rate_limit_error", "rate_limit_error", true},
    {ErrorCode::kInternal, 500, "server_error", "api_error", true},
    {ErrorCode::kBadGateway, 502, "server_error", "api_error", true},
    {ErrorCode::kUnavailable, 503, "server_error", "overloaded_error", true},
    {ErrorCode::kGatewayTimeout, 504, "server_error", "timeout_error", true},
};

json::object body_of(const net::Response& response) {
  return parse_json_object(response.body).value();
}

TEST(ErrorEncoder, EveryCodeInEveryDialect) {
  for (const Expected& row : kExpected) {
    Error error(row.code, "some.reason", "what went wrong", "internal-canary");
    error.retry_after_seconds = 7;
    EXPECT_EQ(http_status(row.code), row.status);
    for (Dialect dialect : {Dialect::kProblem, Dialect::kOpenAi, Dialect::kAnthropic}) {
      net::Response response = encode_error(error, dialect, "req_1");
      EXPECT_EQ(response.status, row.status);
      EXPECT_EQ(response.headers.get("retry-after"), "7");
      EXPECT_EQ(response.headers.get("www-authenticate"), row.status == 401 ? "Bearer" : "");
      EXPECT_EQ(response.body.find("canary"), std::string::npos) << "the detail never leaves";
      bool told = dialect != Dialect::kProblem && !row.retry;
      EXPECT_EQ(response.headers.get("x-should-retry"), told ? "false" : "") << row.status;
    }
    json::object problem = body_of(encode_error(error, Dialect::kProblem, "req_1"));
    EXPECT_EQ(problem.at("status"), json::value(row.status));
    EXPECT_EQ(problem.at("code"), json::value("some.reason"));
    EXPECT_EQ(problem.at("type"), json::value("urn:bailiwick:problem:some.reason"));
    EXPECT_EQ(problem.at("detail"), json::value("what went wrong"));
    EXPECT_EQ(problem.at("request_id"), json::value("req_1"));
    EXPECT_FALSE(problem.at("title").as_string().empty());
    json::object openai = body_of(encode_error(error, Dialect::kOpenAi, "req_1")).at("error").as_object();
    EXPECT_EQ(openai.at("type"), json::value(row.openai)) << row.status;
    EXPECT_EQ(openai.at("code"), json::value("some.reason"));
    EXPECT_TRUE(openai.at("param").is_null());
    json::object anthropic = body_of(encode_error(error, Dialect::kAnthropic, "req_1"));
    EXPECT_EQ(anthropic.at("type"), json::value("error"));
    EXPECT_EQ(anthropic.at("error").at("type"), json::value(row.anthropic)) << row.status;
    EXPECT_EQ(anthropic.at("request_id"), json::value("req_1"));
  }
}

TEST(ErrorEncoder, MediaTypesAndIdsFollowTheDialect) {
  Error error(ErrorCode::kInvalid, "body.invalid", "no");
  EXPECT_EQ(encode_error(error, Dialect::kProblem, "r").headers.get("content-type"),
            "application/problem+json");
  EXPECT_EQ(encode_error(error, Dialect::kOpenAi, "r").headers.get("content-type"), "application/json");
  EXPECT_EQ(encode_error(error, Dialect::kAnthropic, "r").headers.get("request-id"), "r");
  EXPECT_EQ(encode_error(error, Dialect::kProblem, "r").headers.count("retry-after"), 0u);
}

// All faults with their places in a problem; the first few in the one sentence that the SDKs show.
TEST(ErrorEncoder, FaultsNameTheirPlaces) {
  Error error(ErrorCode::kInvalid, "body.invalid", "unknown key");
  error.problems = {{"/a", "unknown key"}, {"/b", "too long"}, {"/c", "too short"}, {"/d", "missing"}};
  json::object problem = body_of(encode_error(error, Dialect::kProblem, "r"));
  ASSERT_EQ(problem.at("errors").as_array().size(), 4u);
  EXPECT_EQ(problem.at("errors").at(3).at("pointer"), json::value("/d"));
  EXPECT_EQ(body_of(encode_error(error, Dialect::kOpenAi, "r")).at("error").at("message"),
            json::value("unknown key (at /a); /b: too long; /c: too short"));
}

// What a caller sent may be quoted back, and stays a string.
TEST(ErrorEncoder, QuotedTextStaysText) {
  Error error(ErrorCode::kInvalid, "body.invalid", "bad \"value\"\r\nSet-Cookie: a=b \x01");
  for (Dialect dialect : {Dialect::kProblem, Dialect::kOpenAi, Dialect::kAnthropic}) {
    net::Response response = encode_error(error, dialect, "r");
    EXPECT_TRUE(parse_json_object(response.body));
    for (const net::HeaderField& field : response.headers)
      EXPECT_EQ(field.value.find('\n'), std::string::npos);
  }
}

TEST(ErrorEncoder, ListsNoEndlessFaults) {
  Error error(ErrorCode::kInvalid, "some.reason", "what went wrong");
  for (int i = 0; i < 5000; ++i) error.problems.push_back({"/" + std::to_string(i), "is odd"});
  json::object problem = body_of(encode_error(error, Dialect::kProblem, "req_1"));
  EXPECT_EQ(problem.at("errors").as_array().size(), 101u);
}

}  // namespace
}  // namespace bailiwick::edge
