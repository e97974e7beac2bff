// Trust follows from where a document came from, and nothing that it says of itself makes it signed.
#include "retrieval/provenance.h"

#include <gtest/gtest.h>

namespace bailiwick::retrieval {
namespace {

const WallTime kNow = parse_rfc3339("2026-11-25T00:00:00Z").value();

Provenance of(json::object metadata) {
  return provenance_of(metadata, kNow);
}

TEST(Trust, OfAnUnknownUnsignedTextOfThreeYearsAgoIsLow) {
  Provenance unknown =
      of({{"source", "https://unknown.example/x"}, {"author", "unknown"}, {"date", "2023-01-01"}});
  EXPECT_NEAR(trust_score(unknown, {.allowlist = {"who.int"}}, kNow), 0.23, 1e-9);
}

TEST(Trust, OfASignedFreshTextOfATrustedTeamAndDomainIsWhole) {
  Provenance trusted = of({{"source", "https://docs.who.int/x"}, {"author", "Official-Team"}});
  trusted.signature = Signature::kVerified;
  EXPECT_NEAR(trust_score(trusted, {.allowlist = {"who.int"}, .trusted_authors = {"official-team"}}, kNow),
              1.0, 1e-9);
}

TEST(Trust, WeighsAsTheRulesSay) {
  TrustRules rules{.weights = {.domain = 0, .signature = 0, .freshness = 1, .author = 0}};
  EXPECT_NEAR(trust_score(of({{"published", "2025-06-01T00:00:00Z"}}), rules, kNow), 0.6, 1e-9);
}

TEST(Provenance, NeverTakesTheMetadatasWordForASignature) {
  EXPECT_EQ(of({{"signature", "verified"}, {"signed", true}}).signature, Signature::kNone);
}

TEST(Provenance, ReadsTheHostOfAUrl) {
  EXPECT_EQ(of({{"url", "https://user@Docs.WHO.int:443/a?b"}}).domain, "docs.who.int");
  EXPECT_EQ(of({{"source", "handbook/a.md"}}).domain, "");
  EXPECT_EQ(of({{"date", "garbage"}}).dated, kNow);
}

TEST(AllowedDomain, CoversSubdomainsAndNotLookalikes) {
  std::vector<std::string> allowlist{"WHO.int"};
  EXPECT_TRUE(is_allowed_domain("who.int", allowlist));
  EXPECT_TRUE(is_allowed_domain("docs.who.int", allowlist));
  EXPECT_FALSE(is_allowed_domain("evilwho.int", allowlist));
  EXPECT_FALSE(is_allowed_domain("who.int.evil.com", allowlist));
  EXPECT_FALSE(is_allowed_domain("", {""}));
}

}  // namespace
}  // namespace bailiwick::retrieval
