// Ed25519 against published vectors, its key files, and what no forger may get past.
#include "crypto/ed25519.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "crypto/hash.h"
#include "support/wycheproof.h"

namespace bailiwick::crypto {
namespace {

PublicKey key_from_hex(std::string_view hex) {
  std::string bytes = from_hex(hex).value();
  PublicKey::Bytes raw{};
  std::copy(bytes.begin(), bytes.end(), raw.begin());
  return PublicKey(raw);
}
PrivateKey key_of(std::uint64_t seed) {
  SeededRandom random(seed);
  return PrivateKey::generate(random);
}

// RFC 8032 §7.1, tests 1 and 2, and the private key of RFC 8410 §10.3.
TEST(Ed25519, PublishedVectors) {
  EXPECT_TRUE(
      key_from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
          .verify("", from_hex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb88215"
                               "90a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")
                          .value()));
  auto key = PrivateKey::from_pem(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
      "-----END PRIVATE KEY-----\n");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->public_key().to_pem(),
            "-----BEGIN PUBLIC KEY-----\n"
            "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
            "-----END PUBLIC KEY-----\n");
}

// Project Wycheproof: 151 signatures, good, forged and mis-encoded.
TEST(Ed25519, WycheproofVectors) {
  json::value suite = testing_support::wycheproof("ed25519");
  if (suite.is_null()) GTEST_SKIP() << "no test data; set BAILIWICK_SHARED";
  int checked = 0;
  for (const json::value& group : suite.at("testGroups").as_array()) {
    PublicKey key = key_from_hex(std::string_view(group.at("publicKey").at("pk").as_string()));
    for (const json::value& test : group.at("tests").as_array()) {
      std::string message = from_hex(test.at("msg").as_string()).value();
      std::string signature = from_hex(test.at("sig").as_string()).value();
      EXPECT_EQ(key.verify(message, signature), test.at("result").as_string() == "valid") << test.at("tcId");
      ++checked;
    }
  }
  EXPECT_EQ(checked, 151);
}

RC_GTEST_PROP(Ed25519Property, WhatIsSignedVerifiesAndNothingElseDoes,
              (std::uint64_t seed, const std::string& message)) {
  PrivateKey key = key_of(seed);
  std::string signature = key.sign(message);
  RC_ASSERT(key.public_key().verify(message, signature));
  RC_ASSERT(!key_of(seed + 1).public_key().verify(message, signature));
  std::string forged = signature;
  forged[*rc::gen::inRange<std::size_t>(0, forged.size())] ^= static_cast<char>(1 << *rc::gen::inRange(0, 8));
  RC_ASSERT(!key.public_key().verify(message, forged));
  RC_ASSERT(!key.public_key().verify(message + "x", signature));
  RC_ASSERT(!key.public_key().verify(message, signature.substr(1)));
  if (message.empty()) return;
  std::string changed = message;
  changed[*rc::gen::inRange<std::size_t>(0, changed.size())] ^= 1;
  RC_ASSERT(!key.public_key().verify(changed, signature));
}

RC_GTEST_PROP(Ed25519Property, KeysOutliveTheirFiles, (std::uint64_t seed)) {
  PrivateKey key = key_of(seed);
  SecretText pem = key.to_pem();
  auto again = PrivateKey::from_pem(pem.reveal());
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->public_key() == key.public_key());
  RC_ASSERT(PublicKey::from_pem(key.public_key().to_pem()).value() == key.public_key());
  RC_ASSERT(key.public_key().id().size() == 32u);
  RC_ASSERT(key.public_key().id() != key_of(seed + 1).public_key().id());
}

TEST(Ed25519, AcceptsThePemThatOthersWrite) {
  std::string pem = key_of(1).public_key().to_pem();
  std::string windows;
  for (char c : pem) windows += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_TRUE(PublicKey::from_pem("\n" + windows + "\n"));
  EXPECT_TRUE(PublicKey::from_pem(pem.substr(0, pem.size() - 1)));
}

TEST(Ed25519, RefusesWhatIsNoKeyOfOurs) {
  std::string pem = key_of(1).public_key().to_pem();
  SecretText secret = key_of(1).to_pem();
  // RFC 5480: a key of another curve.
  std::string other =
      "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n-----END PUBLIC KEY-----\n";
  std::string zero =
      "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
      "-----END PUBLIC KEY-----\n";
  for (const std::string& bad : {std::string(), std::string("-----BEGIN PUBLIC KEY-----"), pem + pem,
                                 pem.substr(4), other, zero, std::string(secret.reveal())}) {
    auto key = PublicKey::from_pem(bad);
    ASSERT_FALSE(key) << bad;
    EXPECT_EQ(key.error().reason, "key.malformed");
  }
  for (std::string_view bad : {std::string_view(pem), std::string_view(""),
                               std::string_view("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")}) {
    EXPECT_FALSE(PrivateKey::from_pem(bad));
  }
}

TEST(Ed25519, ReadsFilesOfSeveralKeys) {
  std::string one = key_of(1).public_key().to_pem(), two = key_of(2).public_key().to_pem();
  auto keys = public_keys_of("# ada\n" + one + "\n  # grace\n" + two);
  ASSERT_TRUE(keys) << keys.error().message;
  ASSERT_EQ(keys->size(), 2u);
  EXPECT_EQ(keys->at(1), key_of(2).public_key());
  for (const std::string& bad : {std::string(), std::string("# none\n"), one + "x\n", "x\n" + one,
                                 one + two.substr(0, 60), one + std::string(key_of(3).to_pem().reveal())}) {
    EXPECT_FALSE(public_keys_of(bad)) << bad;
  }
}

// An error about a private key quotes nothing of it.
TEST(Ed25519, ErrorsDoNotQuoteASecret) {
  SecretText secret = key_of(1).to_pem();
  std::string body(secret.reveal().substr(28, 64));
  for (const std::string& damaged :
       {"x" + std::string(secret.reveal()), std::string(secret.reveal()) + "?",
        "-----BEGIN PRIVATE KEY-----\n" + body.substr(8) + "\n-----END PRIVATE KEY-----"}) {
    auto key = PrivateKey::from_pem(damaged);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().message.find(body.substr(20, 10)), std::string::npos);
    EXPECT_EQ(key.error().detail.find(body.substr(20, 10)), std::string::npos);
  }
}

TEST(SecretText, IsEmptyOnceMovedFrom) {
  SecretText secret(std::string("hunter2 hunter2 hunter2 hunter2"));
  SecretText taken(std::move(secret));
  EXPECT_EQ(taken.reveal(), "hunter2 hunter2 hunter2 hunter2");
  EXPECT_EQ(secret.reveal(), "");  // NOLINT(bugprone-use-after-move): that is what is tested
}

}  // namespace
}  // namespace bailiwick::crypto
