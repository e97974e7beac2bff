// signers.yaml: every fault is found at its place, and a signer keeps to its tenants.
#include "snapshot/signers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bailiwick::snapshot {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kPem =
    "    public_key: |\n"
    "      -----BEGIN PUBLIC KEY-----\n"
    "      MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "      -----END PUBLIC KEY-----\n";

std::string entry(const std::string& id, const std::string& tenants = "[\"*\"]",
                  const std::string& more = "") {
  return "  - id: " + id + "\n    tenants: " + tenants + "\n    not_after: 2027-01-01T00:00:00Z\n" + more +
         std::string(kPem);
}
Result<SignerList> read(const std::string& text) {
  return bind_document<SignerList>(parse_yaml(text, "signers.yaml").value(), "signers.yaml");
}
std::string fault(const std::string& text) {
  auto list = read(text);
  return list ? "" : to_string(list.error().problems);
}

TEST(Signers, AreReadWhole) {
  auto list = read("signers:\n" + entry("ada", "[acme, beta]", "    person: Ada\n    roles: [approver]\n"));
  ASSERT_TRUE(list) << to_string(list.error().problems);
  const Signer& ada = list->signers.at(0);
  EXPECT_EQ(ada.holder(), "Ada");
  EXPECT_TRUE(ada.has(SignerRole::kApprover));
  EXPECT_FALSE(ada.has(SignerRole::kAuthor));
  EXPECT_TRUE(ada.signs_for("acme"));
  EXPECT_FALSE(ada.signs_for("acme-corp"));
  EXPECT_FALSE(ada.signs_for("*"));
  EXPECT_FALSE(ada.revoked);
}

TEST(Signers, EveryTenantIsNotThePlatform) {
  auto list = read("signers:\n" + entry("ada"));
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->signers[0].signs_for("anyone"));
  EXPECT_FALSE(list->signers[0].signs_for("_platform"));
  EXPECT_EQ(list->signers[0].holder(), "ada");
}

TEST(Signers, FaultsNameTheirPlace) {
  EXPECT_THAT(fault("signers:\n" + entry("ada", "[_platform]")),
              HasSubstr("signers.yaml:2:5: signers/0: tenants"));
  EXPECT_THAT(fault("signers:\n" + entry("ada", "[]")), HasSubstr("signers.yaml:3:14"));
  EXPECT_THAT(fault("signers:\n" + entry("ada", "[a]", "    roles: [owner]\n")),
              HasSubstr("signers.yaml:5:13"));
  EXPECT_THAT(fault("signers:\n  - id: ada\n    tenants: [a]\n" + std::string(kPem)), HasSubstr("not_after"));
  EXPECT_THAT(fault("signers:\n  - {id: ada, tenants: [a], not_after: tomorrow, public_key: x}\n"),
              HasSubstr("PUBLIC KEY"));
  EXPECT_THAT(fault("signers:\n" + entry("ada") + entry("ada")), HasSubstr("two signers are called 'ada'"));
  EXPECT_THAT(fault("signers:\n" + entry("ada") + entry("bob")), HasSubstr("are one key"));
  EXPECT_THAT(fault("signers:\n" + entry("ada", "[a]", "    until: 2030\n")), HasSubstr("until"));
}

}  // namespace
}  // namespace bailiwick::snapshot
