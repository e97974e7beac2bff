// DSSE envelopes: the vector of the protocol, the parsing rules of the specification, and forgeries.
#include "crypto/dsse.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/json.h"
#include "crypto/base64.h"
#include "crypto/hash.h"

namespace bailiwick::crypto {
namespace {

PrivateKey key_of(std::uint64_t seed) {
  SeededRandom random(seed);
  return PrivateKey::generate(random);
}
Envelope signed_hello(std::uint64_t seed = 1) {
  Envelope envelope{
      .payload = "hello world", .payload_type = "http://example.com/HelloWorld", .signatures = {}};
  add_signature(envelope, key_of(seed));
  return envelope;
}
std::string fault_of(std::string_view text) {
  auto parsed = parse_envelope(text);
  return parsed ? "" : parsed.error().reason;
}

// The protocol's own example.
TEST(Dsse, PreAuthenticationEncoding) {
  EXPECT_EQ(pre_authentication_encoding("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  EXPECT_EQ(pre_authentication_encoding("", ""), "DSSEv1 0  0 ");
  EXPECT_EQ(pre_authentication_encoding("ü", std::string("\0 1", 3)), std::string("DSSEv1 2 ü 3 \0 1", 17));
}

TEST(Dsse, WritesTheEnvelopeOfTheProtocol) {
  json::value written = parse_json(to_json(signed_hello())).value();
  EXPECT_EQ(written.at("payload").as_string(), "aGVsbG8gd29ybGQ=");
  EXPECT_EQ(written.at("payloadType").as_string(), "http://example.com/HelloWorld");
  EXPECT_EQ(written.at("signatures").at(0).at("keyid").as_string(),
            std::string_view(key_of(1).public_key().id()));
  std::string signature =
      from_base64(std::string_view(written.at("signatures").at(0).at("sig").as_string())).value();
  EXPECT_TRUE(
      key_of(1).public_key().verify("DSSEv1 29 http://example.com/HelloWorld 11 hello world", signature));
}

RC_GTEST_PROP(DsseProperty, OutlivesItsText, (const std::string& payload, std::uint64_t seed)) {
  Envelope envelope{.payload = payload, .payload_type = "a/b", .signatures = {}};
  add_signature(envelope, key_of(seed));
  add_signature(envelope, key_of(seed + 1));
  auto again = parse_envelope(to_json(envelope));
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->payload == payload);
  RC_ASSERT(verify(*again, again->signatures.at(0), key_of(seed).public_key()));
  RC_ASSERT(verify(*again, again->signatures.at(1), key_of(seed + 1).public_key()));
  RC_ASSERT(!verify(*again, again->signatures.at(0), key_of(seed + 1).public_key()));
}

// Whatever byte of the text is changed: it is no envelope any more, or says the same under the same
// signature, or does not verify.
RC_GTEST_PROP(DsseProperty, NoByteCanBeChanged, (std::uint64_t seed)) {
  Envelope envelope = signed_hello(seed);
  std::string text = to_json(envelope);
  text[*rc::gen::inRange<std::size_t>(0, text.size())] ^= static_cast<char>(1 << *rc::gen::inRange(0, 8));
  auto parsed = parse_envelope(text);
  if (!parsed || !verify(*parsed, parsed->signatures.at(0), key_of(seed).public_key())) return;
  RC_ASSERT(parsed->payload == envelope.payload);
  RC_ASSERT(parsed->payload_type == envelope.payload_type);
}

// Both alphabets, an absent key id, and members of a later version.
TEST(Dsse, ParsesWhatTheSpecificationAllows) {
  auto url_safe = parse_envelope(
      R"({"payload": "-_8", "payloadType": "t", "signatures": [{"sig": "-__-"}], "later": {"a": 1}})");
  ASSERT_TRUE(url_safe) << url_safe.error().message;
  EXPECT_EQ(url_safe->payload, "\xfb\xff");
  EXPECT_EQ(url_safe->signatures.at(0).key_id, "");
  auto standard = parse_envelope(
      R"({"payload": "+/8=", "payloadType": "t", "signatures": [{"keyid": null, "sig": "+//+", "later": 1}]})");
  ASSERT_TRUE(standard) << standard.error().message;
  EXPECT_EQ(standard->payload, url_safe->payload);
  EXPECT_TRUE(
      parse_envelope(R"({"payload": "", "payloadType": "", "signatures": [{"keyid": "", "sig": ""}]})"));
}

TEST(Dsse, RefusesWhatIsNone) {
  std::string many = R"({"payload": "", "payloadType": "", "signatures": [{"sig": ""})";
  for (std::size_t i = 0; i < kMaxEnvelopeSignatures; ++i) many += R"(, {"sig": ""})";
  many += "]}";
  for (const std::string& bad : std::vector<std::string>{
           "",
           "[]",
           "null",
           "{}",
           many,
           R"({"payload": "aA", "signatures": [{"sig": ""}]})",
           R"({"payloadType": "t", "signatures": [{"sig": ""}]})",
           R"({"payload": "aA", "payloadType": "t"})",
           R"({"payload": "aA", "payloadType": "t", "signatures": []})",
           R"({"payload": "aA", "payloadType": "t", "signatures": {"sig": ""}})",
           R"({"payload": "aA", "payloadType": "t", "signatures": ["x"]})",
           R"({"payload": "aA", "payloadType": "t", "signatures": [{"keyid": "a"}]})",
           R"({"payload": "aA", "payloadType": "t", "signatures": [{"keyid": 1, "sig": ""}]})",
           R"({"payload": 1, "payloadType": "t", "signatures": [{"sig": ""}]})",
           R"({"payload": "a", "payloadType": "t", "signatures": [{"sig": ""}]})",
           R"({"payload": "aB", "payloadType": "t", "signatures": [{"sig": ""}]})",
           R"({"payload": "aA=", "payloadType": "t", "signatures": [{"sig": ""}]})",
           R"({"payload": "a A=", "payloadType": "t", "signatures": [{"sig": ""}]})",
           R"({"payload": "+_8", "payloadType": "t", "signatures": [{"sig": ""}]})",
           R"({"payload": "aA", "payload": "aQ", "payloadType": "t", "signatures": [{"sig": ""}]})",
           R"({"payload": "aA", "payloadType": "t", "signatures": [{"sig": "", "sig": ""}]})",
           R"({"payload": "aA", "payloadType": "t", "signatures": [{"sig": ""}]} x)"}) {
    EXPECT_EQ(fault_of(bad), "dsse.malformed") << bad;
  }
  EXPECT_EQ(fault_of(to_json(signed_hello()) + std::string(kMaxEnvelopeBytes, ' ')), "dsse.malformed");
}

TEST(Base64, PublishedVectors) {
  const std::pair<std::string_view, std::string_view> kVectors[] = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"},
                                                                    {"\xfb\xff\xfe", "+//+"}};
  for (auto [plain, encoded] : kVectors) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    EXPECT_EQ(from_base64(encoded).value(), plain);
  }
  for (std::string_view bad : {"=", "====", "Zg=", "Zg===", "Z===", "Zm9v=", "Zm9v====", "Zg==Zg==", "Zh=="})
    EXPECT_FALSE(from_base64(bad)) << bad;
}

}  // namespace
}  // namespace bailiwick::crypto
