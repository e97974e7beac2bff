// Signatures are those of AWS's published test suite for version 4.
#include "routing/aws_signature.h"

#include <gtest/gtest.h>

namespace bailiwick::routing {
namespace {

constexpr AwsCredentials kCredentials{.access_key = "AKIDEXAMPLE",
                                      .secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                      .session_token = {}};
constexpr AwsScope kScope{.region = "us-east-1", .service = "service"};

AwsRequest to_example(std::string_view method, std::string_view path = "/", std::string_view query = {},
                      std::string_view body = {}) {
  return {.method = method, .host = "example.amazonaws.com", .path = path, .query = query, .body = body};
}

std::string authorization(const AwsRequest& request, net::Headers headers = {},
                          const AwsCredentials& credentials = kCredentials) {
  sign_aws_request(request, credentials, kScope, *parse_rfc3339("2015-08-30T12:36:00Z"), headers);
  EXPECT_EQ(headers.get("X-Amz-Date"), "20150830T123600Z");
  return std::string(headers.get("Authorization"));
}

std::string with(std::string_view signed_headers, std::string_view signature) {
  return std::string("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ")
      .append("SignedHeaders=")
      .append(signed_headers)
      .append(", Signature=")
      .append(signature);
}

TEST(AwsSignature, GetVanilla) {
  EXPECT_EQ(authorization(to_example("GET")),
            with("host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
}

TEST(AwsSignature, PostVanilla) {
  EXPECT_EQ(authorization(to_example("POST")),
            with("host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"));
}

TEST(AwsSignature, GetVanillaQueryOrderKeyCase) {
  EXPECT_EQ(authorization(to_example("GET", "/", "Param2=value2&Param1=value1")),
            with("host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"));
}

TEST(AwsSignature, GetUnreservedAndUtf8) {
  EXPECT_EQ(
      authorization(to_example("GET", "/-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")),
      with("host;x-amz-date", "98964e1079ce472101899439653197a4f6e602f30cd6aaf6c76d81b4fd9866fe"))
      << "the suite's get-unreserved has the path alone";
  EXPECT_EQ(authorization(to_example("GET", "/\u1234")),
            with("host;x-amz-date", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"));
}

TEST(AwsSignature, PostXWwwFormUrlencoded) {
  EXPECT_EQ(authorization(to_example("POST", "/", {}, "Param1=value1"),
                          {{"Content-Type", "application/x-www-form-urlencoded"}}),
            with("content-type;host;x-amz-date",
                 "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"));
}

TEST(AwsSignature, PostStsHeaderBefore) {
  AwsCredentials session = kCredentials;
  session.session_token =
      "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTf"
      "lfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HF"
      "vlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr"
      "4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
  EXPECT_EQ(authorization(to_example("POST"), {}, session),
            with("host;x-amz-date;x-amz-security-token",
                 "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"));
}

// Computed apart, with another program's HMAC.
TEST(AwsSignature, AnEncodedModelIsEncodedOnceMore) {
  net::Headers headers{{"Content-Type", "application/json"}, {"User-Agent", "unsigned"}};
  AwsRequest request{.host = "bedrock-runtime.eu-central-1.amazonaws.com",
                     .path = "/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
                     .body = R"({"messages":[]})"};
  sign_aws_request(request, kCredentials, {.region = "eu-central-1", .service = "bedrock"},
                   *parse_rfc3339("2026-11-26T12:00:00Z"), headers);
  EXPECT_TRUE(headers.get("Authorization")
                  .ends_with("dd227f10dd54dd97d9914fdad89e37540206357467498d3def668ef9fa2bb725"))
      << headers.get("Authorization");
}

TEST(AwsCredentials, AreTwoPartsOrThree) {
  auto two = AwsCredentials::parse("AKID:se/cret");
  ASSERT_TRUE(two);
  EXPECT_EQ(two->access_key, "AKID");
  EXPECT_EQ(two->secret_key, "se/cret");
  EXPECT_EQ(two->session_token, "");
  auto three = AwsCredentials::parse("AKID:secret:to:ken==");
  ASSERT_TRUE(three);
  EXPECT_EQ(three->session_token, "to:ken==");
  for (std::string_view bad : {"", "AKID", "AKID:", ":secret"}) {
    auto refused = AwsCredentials::parse(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().reason, "provider.credential");
    EXPECT_EQ(refused.error().message.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace bailiwick::routing
