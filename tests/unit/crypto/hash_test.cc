// Hashes and encodings against published vectors, and the invariants of the encodings.
#include "crypto/hash.h"

#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/wycheproof.h"

namespace bailiwick::crypto {
namespace {

std::string sha256_hex(std::string_view text) {
  return to_hex(sha256(text));
}
std::string hmac_hex(std::string_view key, std::string_view text) {
  return to_hex(hmac_sha256(as_bytes(key), text));
}

// FIPS 180-4, and the million letters of its test suite.
TEST(Sha256, PublishedVectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// However a message is cut, it is one message; and one hasher does many.
RC_GTEST_PROP(Sha256Property, PiecesAreOneMessage, (const std::vector<std::string>& pieces)) {
  Sha256 hasher;
  for (int round = 0; round < 2; ++round) {
    std::string whole;
    for (const std::string& piece : pieces) {
      hasher.update(piece);
      whole += piece;
    }
    RC_ASSERT(hasher.finish() == sha256(whole));
  }
}

// RFC 4231, test cases 1 to 4, 6 and 7: short keys, keys of one block and longer ones.
TEST(Sha256, ACopyGoesOnFromWhereItWasMade) {
  Sha256 first;
  first.update("abc");
  Sha256 second = first;
  first.update("def");
  EXPECT_EQ(second.update("xyz").finish(), sha256("abcxyz"));
  EXPECT_EQ(first.finish(), sha256("abcdef"));
  EXPECT_EQ(second.update("next").finish(), sha256("next"));
}

TEST(Hmac, AKeyIsUsedAgainAndAgain) {
  const HmacKey key(as_bytes("key"));
  for (std::string_view text : {"", "one", "another", "one"})
    EXPECT_EQ(key.hash(text), hmac_sha256(as_bytes("key"), text));
}

TEST(Hmac, PublishedVectors) {
  EXPECT_EQ(hmac_hex(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac_hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_hex(std::string(20, '\xaa'), std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(hmac_hex(from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819").value(),
                     std::string(50, '\xcd')),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  EXPECT_EQ(hmac_hex(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(
      hmac_hex(std::string(131, '\xaa'),
               "This is a test using a larger than block-size key and a larger than block-size data. The key "
               "needs to be hashed before being used by the HMAC algorithm."),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

// The signed address of the example run.
TEST(Hmac, SignsAnAddressAsItsPredecessorDid) {
  EXPECT_EQ(hmac_hex("secret-key", "RUN-4F3A52027D4A:acme-qa:reports/sample.txt:1760000000"),
            "43915ffc6530ce5eeca96eea2f5022b8037c23c227cea51742ab4702e65cf382");
}

// Project Wycheproof: 174 tags, good and forged; shortened tags are prefixes.
TEST(Hmac, WycheproofVectors) {
  json::value suite = testing_support::wycheproof("hmac_sha256");
  if (suite.is_null()) GTEST_SKIP() << "no test data; set BAILIWICK_SHARED";
  int checked = 0;
  for (const json::value& group : suite.at("testGroups").as_array()) {
    std::size_t tag_size = static_cast<std::size_t>(group.at("tagSize").to_number<int>()) / 8;
    for (const json::value& test : group.at("tests").as_array()) {
      auto bytes = [&](const char* key) { return from_hex(test.at(key).as_string()).value(); };
      std::string key = bytes("key"), tag = bytes("tag");
      Digest whole = hmac_sha256(as_bytes(key), bytes("msg"));
      std::string_view got(reinterpret_cast<const char*>(whole.data()), tag_size);
      EXPECT_EQ(constant_time_equal(got, tag), test.at("result").as_string() == "valid") << test.at("tcId");
      ++checked;
    }
  }
  EXPECT_GT(checked, 100);
}

// Threads that hash at the same time do not see each other's message.
TEST(Hmac, IsSafeFromManyThreads) {
  std::vector<std::jthread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&wrong] {
      for (int i = 0; i < 500; ++i) {
        wrong += hmac_hex("Jefe", "what do ya want for nothing?") !=
                 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(ConstantTimeEqual, ComparesWholeTexts) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("abc", "abc"));
  EXPECT_FALSE(constant_time_equal("abc", "abd"));
  EXPECT_FALSE(constant_time_equal("abc", "abcd"));
}

TEST(Hex, RefusesWhatIsNone) {
  EXPECT_EQ(from_hex("00fFAb").value(), std::string("\0\xff\xab", 3));
  for (std::string_view bad : {"0", "0g", "0x", " 00", "00 "}) EXPECT_FALSE(from_hex(bad)) << bad;
  EXPECT_FALSE(digest_from_hex("00"));
  EXPECT_EQ(to_hex(digest_from_hex(sha256_hex("abc")).value()), sha256_hex("abc"));
}

// RFC 4648 §10, in the alphabet that is safe in addresses, without padding.
TEST(Base64Url, PublishedVectors) {
  const std::pair<std::string_view, std::string_view> kVectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
  for (auto [plain, encoded] : kVectors) {
    EXPECT_EQ(to_base64url(as_bytes(plain)), encoded);
    EXPECT_EQ(from_base64url(encoded).value(), plain);
  }
}

// One text has one encoding: padding, other alphabets and stray bits are refused.
TEST(Base64Url, RefusesWhatIsNotCanonical) {
  for (std::string_view bad : {"Zg==", "Z", "Zm9vY", "Zh", "Zm9", "-_+/", "Zm 9", "Zg\n"}) {
    EXPECT_FALSE(from_base64url(bad)) << bad;
  }
}

RC_GTEST_PROP(EncodingProperty, RoundTrips, (const std::string& bytes)) {
  RC_ASSERT(from_hex(to_hex(as_bytes(bytes))).value() == bytes);
  RC_ASSERT(from_base64url(to_base64url(as_bytes(bytes))).value() == bytes);
}

// What decodes at all encodes to the very same text.
RC_GTEST_PROP(EncodingProperty, Base64UrlIsCanonical, ()) {
  auto text = *rc::gen::container<std::string>(rc::gen::element('A', 'Q', 'g', 'w', '9', '-', '_', '='));
  auto decoded = from_base64url(text);
  if (decoded) RC_ASSERT(to_base64url(as_bytes(*decoded)) == text);
}

}  // namespace
}  // namespace bailiwick::crypto
