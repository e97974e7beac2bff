// What held once is read back by the name that records give it, or it is said why it cannot be.
#include "unit/bundles/registry_rig.h"

namespace bailiwick::bundles {
namespace {

using ::testing::HasSubstr;

std::string forbid(std::string_view id) {
  return "@id(\"" + std::string(id) +
         "\") forbid (principal, action == Bailiwick::Action::\"ask\", resource);\n";
}

class RegistryPastTest : public RegistryTest {
 protected:
  using Named = identity::PolicyRevision;

  auto past(const Named& named, std::string_view tenant = "acme-corp") {
    return registry_->past_rules(permit<Action::kLedgerExplain>(tenant), named);
  }
  std::string refusal(const Named& named, std::string_view tenant = "acme-corp") {
    auto rules = past(named, tenant);
    return rules ? "read" : rules.error().reason + ": " + rules.error().message;
  }
  std::string put_rule(std::string_view id) {
    put("acme-corp", "own.cedar", forbid(id));
    EXPECT_THAT(reload(), HasSubstr("acme-corp="));
    return find()->revision;
  }
};

TEST_F(RegistryPastTest, OlderRulesAreReadByName) {
  put_acme();
  std::string first = put_rule("first"), second = put_rule("second");
  ASSERT_NE(first, second);
  auto rules = past({.platform = {}, .tenant = first, .before = second});
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_EQ(rules->guardrails, nullptr);
  EXPECT_THAT(rules->rules->text(), HasSubstr("first"));
  EXPECT_EQ(rules->before, find()->rules) << "what is active is not read again";
  restart();
  EXPECT_THAT(past({.platform = {}, .tenant = first, .before = {}})->rules->text(), HasSubstr("first"));
}

TEST_F(RegistryPastTest, OlderGuardrailsAreReadByName) {
  put_acme();
  put("_platform", "guard.cedar", forbid("early"));
  reload();
  std::string early = last_report_.tenants[0].revision;
  put("_platform", "guard.cedar", forbid("late"));
  reload();
  auto rules = past({.platform = early, .tenant = {}, .before = {}});
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_THAT(rules->guardrails->text(), HasSubstr("early"));
  EXPECT_EQ(rules->rules, nullptr);
}

TEST_F(RegistryPastTest, WhatIsNotStoredIsSaid) {
  put_acme();
  std::string own = put_rule("own");
  EXPECT_EQ(refusal({.platform = {}, .tenant = "0123456789abcdef", .before = {}}),
            "revision.not_found: revision 0123456789abcdef of the tenant's bundle is not stored");
  EXPECT_EQ(refusal({.platform = "0123456789abcdef", .tenant = own, .before = {}}),
            "revision.not_found: revision 0123456789abcdef of the platform's bundle is not stored");
  put("beta-inc", "tenant.yaml", "id: beta-inc\nname: Beta\n");
  reload();
  EXPECT_THAT(refusal({.platform = {}, .tenant = own, .before = {}}, "beta-inc"),
              HasSubstr("revision.not_found"))
      << "a neighbour's";
}

// Whoever can write to the store cannot make the past look otherwise.
TEST_F(RegistryPastTest, OtherFilesUnderAnOldNameAreNotBelieved) {
  put_acme();
  std::string first = put_rule("first");
  put_rule("second");
  ASSERT_TRUE(store_->execute("UPDATE bundle_revisions SET files = replace(files, 'first', 'forge')"));
  EXPECT_THAT(refusal({.platform = {}, .tenant = first, .before = {}}), HasSubstr("something else"));
}

TEST_F(RegistryPastTest, WhatThisVersionDoesNotUnderstandIsSaid) {
  put_acme();
  put_rule("first");
  snapshot::FileTexts strange{{"tenant.yaml", "id: acme-corp\nname: Acme\nfuture: true\n"}};
  RevisionRow row{.tenant = "acme-corp",
                  .serial = 99,
                  .revision = revision_of(manifest_of(strange)),
                  .source = RevisionSource::kApi,
                  .files = strange,
                  .created_by = "token:tok_1"};
  ASSERT_TRUE(store::insert_revision(*store_, row));
  EXPECT_THAT(refusal({.platform = {}, .tenant = row.revision, .before = {}}),
              AllOf(HasSubstr("revision.unreadable"), HasSubstr("tenant.yaml:3:1")));
}

TEST_F(RegistryPastTest, PoliciesOfAnApplicationToo) {
  put_acme();
  put("acme-corp", "schema.cedarschema",
      "entity User, Doc; action view appliesTo { principal: User, resource: Doc };\n");
  put("acme-corp", "app.cedar", "@id(\"app\") permit (principal, action == Action::\"view\", resource);\n");
  ASSERT_EQ(reload(), "acme-corp=created");
  std::string with = find()->revision;
  put("acme-corp", "app.cedar", "");
  ASSERT_EQ(reload(), "acme-corp=updated");
  auto access = registry_->past_access(permit<Action::kLedgerExplain>(), with);
  ASSERT_TRUE(access) << access.error().message;
  ASSERT_TRUE(*access);
  auto decision = (*access)->decide(
      {.subject = {.type = "User", .id = "a"}, .action = "view", .resource = {.type = "Doc", .id = "b"}});
  EXPECT_TRUE(decision.value().allowed);
  EXPECT_EQ(decision.value().policy, "app");
}

}  // namespace
}  // namespace bailiwick::bundles
