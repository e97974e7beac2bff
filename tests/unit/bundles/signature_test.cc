// What a signature must prove, case by case: each attack is refused for its own reason, at its own place.
#include "bundles/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/signing.h"

namespace bailiwick::bundles {
namespace {

using snapshot::SignerRole;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing_support;  // NOLINT(google-build-using-namespace): keys and envelopes

constexpr std::uint64_t kAda = 1, kBob = 2, kEve = 66;

class SignatureTest : public testing::Test {
 protected:
  SignatureTest() {
    rules_.tenant = "acme";
    rules_.signers = {signer("ada", kAda), signer("bob", kBob)};
    rules_.signers[1].roles = {SignerRole::kApprover};
    rules_.now = moment("2026-11-25T12:00:00Z").time;
  }

  /// The reason of the refusal, or empty; its problems are in `problems_`.
  std::string reason(const std::string& envelope) {
    auto checked = check_signature(envelope, manifest_of(files_), "tenants/acme/", rules_);
    problems_ = checked ? std::vector<Problem>() : checked.error().problems;
    if (!checked) EXPECT_EQ(checked.error().code, ErrorCode::kForbidden);
    return checked ? "" : checked.error().reason;
  }
  std::string good(std::int64_t serial = 1) { return sign(statement("acme", serial, files_), {kAda}); }
  std::vector<std::string> places() const {
    std::vector<std::string> out;
    for (const Problem& problem : problems_) out.push_back(problem.where);
    return out;
  }

  snapshot::FileTexts files_{{"tenant.yaml", "id: acme\n"}, {"own.cedar", "// none\n"}};
  SigningRules rules_;
  std::vector<Problem> problems_;
};

TEST_F(SignatureTest, AGoodOneSaysWhoSignedWhat) {
  auto checked = check_signature(good(7), manifest_of(files_), "", rules_);
  ASSERT_TRUE(checked) << to_string(checked.error().problems);
  ASSERT_EQ(checked->by.size(), 1u);
  EXPECT_EQ(checked->by[0].signer, "ada");
  EXPECT_EQ(checked->by[0].key_id, key_of(kAda).public_key().id());
  EXPECT_EQ(checked->statement.serial, 7);
  EXPECT_EQ(checked->statement.files, manifest_of(files_));
  EXPECT_EQ(checked->summary().at("signers").at(0).at("signer"), "ada");
}

TEST_F(SignatureTest, AStrangersKeyIsRefused) {
  EXPECT_EQ(reason(sign(statement("acme", 1, files_), {kEve})), "bundle.signer_unknown");
  EXPECT_THAT(problems_[0].message, HasSubstr(key_of(kEve).public_key().id()));
  EXPECT_THAT(places(), ElementsAre("tenants/acme/bundle.dsse.json:1:1"));
  EXPECT_EQ(reason(sign(statement("acme", 1, files_), {kAda, kEve})), "bundle.signer_unknown")
      << "one good signature does not carry a bad one";
}

// A key id is a hint: claiming another's proves nothing, and it is never left out.
TEST_F(SignatureTest, ANameIsNoProof) {
  crypto::Envelope forged = crypto::parse_envelope(sign(statement("acme", 1, files_), {kEve})).value();
  forged.signatures[0].key_id = key_of(kAda).public_key().id();
  EXPECT_EQ(reason(crypto::to_json(forged)), "bundle.signature_mismatch");
  forged.signatures[0].key_id = "";
  EXPECT_EQ(reason(crypto::to_json(forged)), "bundle.signer_unknown");
  forged.signatures[0].key_id = "\x1b[31m\nroot";
  EXPECT_EQ(reason(crypto::to_json(forged)), "bundle.signer_unknown");
  EXPECT_EQ(problems_[0].message.find('\x1b'), std::string::npos);
  crypto::Envelope nameless = crypto::parse_envelope(good()).value();
  nameless.signatures[0].key_id = "";
  EXPECT_EQ(reason(crypto::to_json(nameless)), "bundle.signer_unknown") << "nobody is guessed";
}

TEST_F(SignatureTest, LapsedSignersSignNothingNew) {
  rules_.signers[0].not_after = moment("2026-11-25T11:59:59Z");
  EXPECT_EQ(reason(good()), "bundle.signer_expired");
  rules_.scrutiny = Scrutiny::kStored;
  EXPECT_EQ(reason(good()), "") << "what holds already goes on";
  rules_.scrutiny = Scrutiny::kActivation;
  rules_.signers[0] = signer("ada", kAda);
  rules_.signers[0].revoked = true;
  EXPECT_EQ(reason(good()), "bundle.signer_revoked");
  rules_.scrutiny = Scrutiny::kStored;
  EXPECT_EQ(reason(good()), "");
}

TEST_F(SignatureTest, SignersKeepToTheirTenants) {
  rules_.signers[0].tenants = {"beta", "gamma"};
  EXPECT_EQ(reason(good()), "bundle.signer_not_allowed");
  rules_.signers[0].tenants = {"beta", "acme"};
  EXPECT_EQ(reason(good()), "");
  rules_.only = {"carol"};
  EXPECT_EQ(reason(good()), "bundle.signer_not_allowed");
  EXPECT_THAT(problems_[0].message, HasSubstr("governance.yaml"));
  rules_.only = {"carol", "ada"};
  EXPECT_EQ(reason(good()), "");
}

// A signer of all tenants does not sign for the platform, and the platform's keys sign for no tenant.
TEST_F(SignatureTest, ThePlatformHasItsOwnKeys) {
  rules_.tenant = "_platform";
  std::string envelope = sign(statement("_platform", 1, files_), {kAda});
  EXPECT_EQ(reason(envelope), "bundle.signer_not_allowed");
  rules_.signers = platform_signers({key_of(kAda).public_key()});
  EXPECT_EQ(reason(envelope), "");
  rules_.tenant = "acme";
  EXPECT_EQ(reason(good()), "bundle.signer_not_allowed");
}

TEST_F(SignatureTest, AnotherTenantsBundleIsRefused) {
  EXPECT_EQ(reason(sign(statement("beta", 1, files_), {kAda})), "bundle.tenant_mismatch");
  EXPECT_THAT(problems_[0].message, HasSubstr("'beta'"));
}

TEST_F(SignatureTest, EveryFileThatDiffersIsNamed) {
  std::string envelope = good();
  files_["own.cedar"] += "\n";
  files_["router.yaml"] = "";
  files_.erase("tenant.yaml");
  EXPECT_EQ(reason(envelope), "bundle.files_differ");
  EXPECT_THAT(places(), ElementsAre("tenants/acme/own.cedar:1:1", "tenants/acme/router.yaml:1:1",
                                    "tenants/acme/tenant.yaml:1:1"));
  EXPECT_THAT(problems_[0].message, HasSubstr("was changed"));
  EXPECT_THAT(problems_[1].message, HasSubstr("not among the signed"));
  EXPECT_THAT(problems_[2].message, HasSubstr("is missing"));
  rules_.scrutiny = Scrutiny::kContent;
  EXPECT_EQ(reason(envelope), "bundle.files_differ");
}

TEST_F(SignatureTest, OlderOnesAreNotReplayed) {
  rules_.last_serial = 5;
  rules_.last_digest = "of something else";
  EXPECT_EQ(reason(good(4)), "bundle.replayed");
  EXPECT_EQ(reason(good(5)), "bundle.replayed") << "one serial is one content";
  EXPECT_EQ(reason(good(6)), "");
  rules_.last_digest = check_signature(good(6), manifest_of(files_), "", rules_)->digest();
  rules_.last_serial = 6;
  EXPECT_EQ(reason(good(6)), "") << "the very same again is no replay";
}

TEST_F(SignatureTest, WhatExpiredIsRefused) {
  Statement lapsed = statement("acme", 1, files_);
  lapsed.expires_at = moment("2026-11-25T11:30:00Z");
  EXPECT_EQ(reason(sign(lapsed, {kAda})), "bundle.expired");
  lapsed.expires_at = moment("2026-11-25T12:30:00Z");
  EXPECT_EQ(reason(sign(lapsed, {kAda})), "");
}

TEST_F(SignatureTest, TwoPeopleMeansTwoPeople) {
  rules_.people = 2;
  Statement both = statement("acme", 1, files_);
  EXPECT_EQ(reason(good()), "bundle.two_person");
  EXPECT_THAT(problems_[0].message, HasSubstr("1 of 2 people"));
  EXPECT_EQ(reason(sign(both, {kBob})), "bundle.two_person") << "an approver alone approves of nothing";
  EXPECT_EQ(reason(sign(both, {kAda, kBob})), "");
  EXPECT_EQ(reason(sign(both, {kBob, kAda})), "") << "the order says nothing";
  EXPECT_EQ(reason(sign(both, {kAda, kAda})), "bundle.envelope") << "nobody counts twice";
  rules_.signers[1].person = "ada";
  EXPECT_EQ(reason(sign(both, {kAda, kBob})), "bundle.two_person") << "two keys of one person are one person";
  rules_.signers[1] = signer("bob", kBob);
  EXPECT_EQ(reason(sign(both, {kAda, kBob})), "bundle.two_person") << "two authors approve of nothing";
  rules_.signers[1].roles = {SignerRole::kAuthor, SignerRole::kApprover};
  EXPECT_EQ(reason(sign(both, {kAda, kBob})), "");
  rules_.people = 3;
  EXPECT_EQ(reason(sign(both, {kAda, kBob})), "bundle.two_person");
}

TEST_F(SignatureTest, AnApproverAloneIsNoAuthor) {
  EXPECT_EQ(reason(sign(statement("acme", 1, files_), {kBob})), "bundle.two_person");
}

TEST_F(SignatureTest, OtherPayloadsAreRefused) {
  auto signed_text = [](std::string type, std::string payload) {
    crypto::Envelope envelope{
        .payload = std::move(payload), .payload_type = std::move(type), .signatures = {}};
    crypto::add_signature(envelope, key_of(kAda));
    return crypto::to_json(envelope);
  };
  std::string payload = to_payload(statement("acme", 1, files_)), type(kStatementType);
  EXPECT_EQ(reason(signed_text(type, payload)), "");
  for (const std::string& envelope :
       {signed_text("application/vnd.in-toto+json", payload), signed_text(type, payload + " "),
        signed_text(type, "{}"), signed_text(type, "[]"), signed_text(type, "x"),
        signed_text(type, "{\"a\":1," + payload.substr(1)), std::string("{}"), std::string("")}) {
    EXPECT_EQ(reason(envelope), "bundle.envelope") << envelope;
  }
  Statement odd = statement("acme", 1, files_);
  odd.version = "one";
  EXPECT_EQ(reason(sign(odd, {kAda})), "bundle.envelope");
  odd = statement("acme", 0, files_);
  EXPECT_EQ(reason(sign(odd, {kAda})), "bundle.envelope");
  odd = statement("acme", 1, files_);
  odd.files["tenant.yaml"] = "none";
  EXPECT_EQ(reason(sign(odd, {kAda})), "bundle.envelope");
}

// However the envelope's text is damaged: it is refused, or it says the same and the same signed it.
RC_GTEST_FIXTURE_PROP(SignatureTest, NoByteOfAnEnvelopeCanBeChanged, ()) {
  std::string envelope = good(3), damaged = envelope;
  damaged[*rc::gen::inRange<std::size_t>(0, damaged.size())] ^=
      static_cast<char>(1 << *rc::gen::inRange(0, 8));
  auto before = check_signature(envelope, manifest_of(files_), "", rules_);
  auto after = check_signature(damaged, manifest_of(files_), "", rules_);
  if (!after) return;
  RC_ASSERT(after->digest() == before->digest());
  RC_ASSERT(after->by.at(0).signer == std::string("ada"));
}

// Nor can a byte of any file.
RC_GTEST_FIXTURE_PROP(SignatureTest, NoByteOfAFileCanBeChanged, (const std::string& content)) {
  RC_PRE(!content.empty());
  files_["own.cedar"] = content;
  std::string envelope = good();
  RC_ASSERT(reason(envelope).empty());
  files_["own.cedar"][*rc::gen::inRange<std::size_t>(0, content.size())] ^=
      static_cast<char>(1 << *rc::gen::inRange(0, 8));
  RC_ASSERT(reason(envelope) == std::string("bundle.files_differ"));
}

}  // namespace
}  // namespace bailiwick::bundles
