// A server that takes signed bundles only, under attack: nothing that is not signed as it should be is ever
// active, nothing is half-applied, and every refusal is on the record.
#include <fmt/format.h>

#include "support/signing.h"
#include "unit/bundles/registry_rig.h"

namespace bailiwick::bundles {
namespace {

using ::testing::HasSubstr;
using Action = tenancy::Action;
using testing_support::key_of, testing_support::moment, testing_support::sign, testing_support::signer_yaml,
    testing_support::statement;

constexpr std::uint64_t kRoot = 9, kAda = 1, kBob = 2, kEve = 66;

class RegistrySigningTest : public RegistryTest {
 protected:
  void SetUp() override {
    signing_ = {.signatures = Signatures::kRequired, .platform_keys = {key_of(kRoot).public_key()}};
    RegistryTest::SetUp();
    put_signers(signer_yaml("ada", kAda) + signer_yaml("bob", kBob, "    roles: [approver]\n"), 1);
  }

  void put_signers(const std::string& entries, std::int64_t serial, std::uint64_t key = kRoot) {
    put("_platform", "signers.yaml", "signers:\n" + entries);
    put_envelope("_platform", sign(statement("_platform", serial, files_of("_platform")), {key}));
  }
  void put_envelope(const std::string& tenant, std::string_view envelope) {
    put(tenant, std::string(kEnvelopeFile), envelope);
  }
  snapshot::FileTexts files_of(const std::string& tenant) const {
    return read_tenant_folder(tenants_ / tenant).files;
  }
  std::string envelope(std::int64_t serial, std::vector<std::uint64_t> keys = {kAda}) const {
    return sign(statement("acme-corp", serial, files_of("acme-corp")), keys);
  }
  /// A folder with this owner, signed with this serial.
  void put_signed(const std::string& owner, std::int64_t serial, std::vector<std::uint64_t> keys = {kAda}) {
    put_acme("owner: " + owner + "\n");
    put_envelope("acme-corp", envelope(serial, std::move(keys)));
  }
  /// What a reload makes of acme-corp, and why.
  std::string reload_acme() {
    std::size_t before = ledger_.records.size();
    reload();
    for (const TenantReload& tenant : last_report_.tenants) {
      if (tenant.tenant != "acme-corp") continue;
      if (tenant.outcome != ReloadOutcome::kRejected) return std::string(name_of(tenant.outcome));
      EXPECT_FALSE(tenant.problems.empty());
      std::vector<std::string> reasons;
      for (std::size_t i = before; i < ledger_.records.size(); ++i) {
        const ledger::Record& record = ledger_.records[i].second;
        if (record.resource == "tenant:acme-corp" && record.decision == "deny")
          reasons.push_back(record.reason);
      }
      EXPECT_EQ(reasons.size(), 1u) << "a refusal is on the record, once";
      return reasons.empty() ? "unrecorded" : reasons.front();
    }
    return "absent";
  }
  std::string owner() const { return find() ? find()->tenant.owner : "(none)"; }
  auto push(snapshot::FileTexts files, std::optional<std::string> with, Apply apply = Apply::kCommit) {
    return registry_->push(admin_permit<Action::kBundlesPush>(), std::move(files), std::move(with), apply);
  }
};

TEST_F(RegistrySigningTest, ASignedTreeIsTaken) {
  put_signed("one", 1);
  EXPECT_EQ(reload(), "_platform=created acme-corp=created");
  EXPECT_EQ(owner(), "one");
  const ledger::Record& record = ledger_.records.back().second;
  const json::object& signature = record.extra.at("signature").as_object();
  EXPECT_EQ(signature.at("serial"), 1);
  EXPECT_EQ(signature.at("signers").at(0).at("key_id").as_string(),
            std::string_view(key_of(kAda).public_key().id()));
  EXPECT_EQ(reload(), "_platform=unchanged acme-corp=unchanged");
  restart();
  EXPECT_EQ(owner(), "one");
  EXPECT_EQ(reload(), "_platform=unchanged acme-corp=unchanged");
  put_signed("two", 2);
  EXPECT_EQ(reload_acme(), "updated");
  EXPECT_EQ(owner(), "two");
}

// Each attack on the folder of a tenant that has a good revision: refused for its reason, and the good one
// stays.
TEST_F(RegistrySigningTest, AttacksOnTheFolder) {
  put_signed("good", 5);
  ASSERT_EQ(reload_acme(), "created");
  snapshot::SnapshotPtr good = find();
  auto attack = [&](const char* what, std::string_view reason) {
    EXPECT_EQ(reload_acme(), reason) << what;
    EXPECT_EQ(find(), good) << what;
    restart();
    ASSERT_TRUE(find()) << what;
    EXPECT_EQ(find()->revision, good->revision) << what;
    good = find();
    std::filesystem::remove_all(tenants_ / "acme-corp");
    put_signed("bad", 6);
  };
  put_signed("bad", 6);
  std::filesystem::remove(tenants_ / "acme-corp" / kEnvelopeFile);
  attack("unsigned", "bundle.unsigned");
  put_signed("bad", 6, {kEve});
  attack("wrong signer", "bundle.signer_unknown");
  put_signed("bad", 4);
  attack("replayed", "bundle.replayed");
  put_envelope("acme-corp", sign(statement("beta-inc", 6, files_of("acme-corp")), {kAda}));
  attack("swapped tenant", "bundle.tenant_mismatch");
  put("acme-corp", "extra.cedar", "// nothing\n");
  attack("extra file", "bundle.files_differ");
  put("acme-corp", "stray.txt", "?");
  attack("stray file", "bundle.invalid");
  put("acme-corp", "slo.yaml", "slo: {latency_p95_ms: 90}\n");
  put_envelope("acme-corp", envelope(6));
  std::filesystem::remove(tenants_ / "acme-corp/slo.yaml");
  attack("missing file", "bundle.files_differ");
  put_acme("owner: baD\n");
  attack("changed byte", "bundle.files_differ");
  put_acme("owner: &a [*a, *a]\n");
  put_envelope("acme-corp", envelope(6));
  attack("aliases, though signed", "bundle.invalid");
  put_envelope("acme-corp", std::string(crypto::kMaxEnvelopeBytes + 1, ' '));
  attack("oversize envelope", "bundle.unsigned");
  std::filesystem::remove(tenants_ / "acme-corp" / kEnvelopeFile);
  std::filesystem::create_symlink("/etc/hostname", tenants_ / "acme-corp" / kEnvelopeFile);
  attack("envelope elsewhere", "bundle.unsigned");
  EXPECT_EQ(reload_acme(), "updated") << "and the good one that came last is taken";
}

TEST_F(RegistrySigningTest, LapsedSigners) {
  put_signed("good", 1);
  ASSERT_EQ(reload_acme(), "created");
  put_signers(signer_yaml("ada", kAda, "    revoked: true\n") + signer_yaml("bob", kBob), 2);
  EXPECT_EQ(reload(), "_platform=updated acme-corp=unchanged");
  EXPECT_EQ(owner(), "good") << "what holds goes on";
  restart();
  EXPECT_EQ(owner(), "good");
  put_signed("bad", 2);
  EXPECT_EQ(reload_acme(), "bundle.signer_revoked");
  put_signed("better", 2, {kBob});
  EXPECT_EQ(reload_acme(), "updated");
  clock_.advance(std::chrono::years(5));
  put_signed("late", 3, {kBob});
  EXPECT_EQ(reload_acme(), "bundle.signer_expired");
  EXPECT_EQ(owner(), "better");
}

// A signer whose signature still holds is revoked, not forgotten: without its key nothing could be checked.
TEST_F(RegistrySigningTest, ASignerInUseIsNotRemoved) {
  put_signed("good", 1);
  ASSERT_EQ(reload_acme(), "created");
  put_signers(signer_yaml("bob", kBob), 2);
  EXPECT_EQ(reload(), "_platform=rejected acme-corp=unchanged");
  EXPECT_THAT(last_report_.tenants[0].problems.at(0).where, HasSubstr("acme-corp/bundle.dsse.json"));
}

// The trust root is no better than its own signature.
TEST_F(RegistrySigningTest, AttacksOnThePlatform) {
  put_signed("good", 1);
  ASSERT_EQ(reload_acme(), "created");
  auto attack = [&](const char* what, std::string_view reason) {
    EXPECT_EQ(reload(), "_platform=rejected acme-corp=unchanged") << what;
    const ledger::Record& record = ledger_.records.back().second;
    EXPECT_EQ(record.reason, reason) << what;
    EXPECT_EQ(record.decision, "deny") << what;
    EXPECT_EQ(record.resource, "platform:bundle") << what;
  };
  put_signers(signer_yaml("eve", kEve), 2, kEve);
  attack("signed by a stranger", "bundle.signer_unknown");
  put_signers(signer_yaml("eve", kEve), 2, kAda);
  attack("signed by a tenants' signer", "bundle.signer_unknown");
  put_signers(signer_yaml("ada", kAda) + signer_yaml("eve", kEve), 0);
  attack("serial 0", "bundle.envelope");
  put_signers(signer_yaml("ada", kAda) + signer_yaml("eve", kEve), 1);
  attack("serial used", "bundle.replayed");
  put_signers(signer_yaml("ada", kAda), 2);
  put("_platform", "signers.yaml", "signers:\n" + signer_yaml("ada", kAda) + signer_yaml("eve", kEve));
  attack("changed after it was signed", "bundle.files_differ");
  std::filesystem::remove(tenants_ / "_platform" / kEnvelopeFile);
  attack("unsigned", "bundle.unsigned");
  put("acme-corp", "x.cedar", "// new\n");
  put_envelope("acme-corp", envelope(2, {kEve}));
  EXPECT_EQ(reload_acme(), "bundle.signer_unknown") << "no attack made her a signer";
}

// Two people where the active revision asks for them, though the new one does not.
TEST_F(RegistrySigningTest, TheTwoPersonRuleIsNotVotedOutByOne) {
  put("acme-corp", "policies/governance.yaml", "two_person_from_tier: 1\n");
  put_signed("one", 1);
  EXPECT_EQ(reload_acme(), "bundle.two_person");
  put_envelope("acme-corp", envelope(1, {kAda, kBob}));
  EXPECT_EQ(reload_acme(), "created");
  std::filesystem::remove(tenants_ / "acme-corp/policies/governance.yaml");
  put_signed("two", 2);
  EXPECT_EQ(reload_acme(), "bundle.two_person");
  put_envelope("acme-corp", envelope(2, {kAda, kBob}));
  EXPECT_EQ(reload_acme(), "updated");
  put_signed("three", 3);
  EXPECT_EQ(reload_acme(), "updated") << "two agreed that one is enough";
  put("acme-corp", "policies/governance.yaml",
      "approvals: [{subject: policy_change, approvals_required: 2}]\n");
  put_signed("four", 4);
  EXPECT_EQ(reload_acme(), "bundle.two_person");
}

// Nor is it lost with the sight of a tenant that the store cannot show.
TEST_F(RegistrySigningTest, TheTwoPersonRuleOutlivesAHiddenTenant) {
  put("acme-corp", "policies/governance.yaml", "two_person_from_tier: 1\n");
  put_signed("one", 1, {kAda, kBob});
  ASSERT_EQ(reload_acme(), "created");
  ASSERT_TRUE(store_->execute("UPDATE bundle_revisions SET envelope = ''"));
  restart();
  ASSERT_EQ(find(), nullptr);
  std::filesystem::remove(tenants_ / "acme-corp/policies/governance.yaml");
  put_signed("two", 2);
  EXPECT_EQ(reload_acme(), "bundle.two_person");
  put_envelope("acme-corp", envelope(2, {kAda, kBob}));
  EXPECT_EQ(reload_acme(), "updated");
}

// A tenant narrows its signers and cannot widen them again by one that it shut out.
TEST_F(RegistrySigningTest, NarrowedSignersStayNarrowed) {
  put_signers(signer_yaml("ada", kAda) + signer_yaml("bob", kBob), 1);
  put("acme-corp", "policies/governance.yaml", "signers: [bob]\n");
  put_signed("one", 1);
  EXPECT_EQ(reload_acme(), "bundle.signer_not_allowed");
  put_envelope("acme-corp", envelope(1, {kBob}));
  EXPECT_EQ(reload_acme(), "created");
  put("acme-corp", "policies/governance.yaml", "signers: [ada]\n");
  put_signed("two", 2);
  EXPECT_EQ(reload_acme(), "bundle.signer_not_allowed");
  put_envelope("acme-corp", envelope(2, {kBob}));
  EXPECT_EQ(reload_acme(), "updated");
  put_signed("three", 3);
  EXPECT_EQ(reload_acme(), "updated");
}

// What the store holds is checked too: whoever writes into it needs a key.
TEST_F(RegistrySigningTest, ATamperedStoreShowsNothing) {
  put_signed("good", 1);
  ASSERT_EQ(reload_acme(), "created");
  ASSERT_TRUE(
      store_->execute("UPDATE bundle_revisions SET files = '{\"tenant.yaml\": \"id: acme-corp\\nname: "
                      "Acme\\nowner: eve\\n\"}'"));
  restart();
  EXPECT_EQ(find(), nullptr);
  EXPECT_EQ(reload_acme(), "updated");
  EXPECT_EQ(owner(), "good");
  ASSERT_TRUE(store_->execute("UPDATE bundle_revisions SET envelope = ''"));
  restart();
  EXPECT_EQ(find(), nullptr);
  ASSERT_TRUE(store_->execute("UPDATE platform_revisions SET envelope = ''"));
  restart();
  EXPECT_EQ(find(), nullptr);
  EXPECT_EQ(reload(), "_platform=created acme-corp=updated");
  EXPECT_EQ(owner(), "good");
}

// Requiring signatures hides what was active without one, until it comes signed.
TEST_F(RegistrySigningTest, TurnedOnLater) {
  signing_.signatures = Signatures::kOptional;
  restart();
  put_acme("owner: unsigned\n");
  ASSERT_EQ(reload_acme(), "created");
  signing_.signatures = Signatures::kRequired;
  restart();
  EXPECT_EQ(find(), nullptr);
  EXPECT_EQ(reload_acme(), "bundle.unsigned");
  EXPECT_EQ(find(), nullptr);
  put_envelope("acme-corp", envelope(1));
  EXPECT_EQ(reload_acme(), "updated");
  EXPECT_EQ(owner(), "unsigned");
}

// Where signatures are not required one that is there must be good, and a serial that was signed stays used.
TEST_F(RegistrySigningTest, OptionalIsNotIgnored) {
  signing_.signatures = Signatures::kOptional;
  restart();
  put_signed("bad", 1, {kEve});
  EXPECT_EQ(reload_acme(), "bundle.signer_unknown");
  put_signed("good", 3);
  EXPECT_EQ(reload_acme(), "created");
  put_acme("owner: plain\n");
  std::filesystem::remove(tenants_ / "acme-corp" / kEnvelopeFile);
  EXPECT_EQ(reload_acme(), "updated");
  EXPECT_EQ(owner(), "plain");
  put_signed("old", 2);
  EXPECT_EQ(reload_acme(), "bundle.replayed");
}

// A signed folder is what was signed: nothing of the API's is mixed into it.
TEST_F(RegistrySigningTest, SignedFoldersAreNotMerged) {
  signing_.signatures = Signatures::kOptional;
  restart();
  put_signed("one", 1);
  ASSERT_EQ(reload_acme(), "created");
  ASSERT_TRUE(registry_->update(permit<Action::kTenantsUpdate>(), {{"description", "by the API"}}, 1));
  EXPECT_EQ(reload_acme(), "unchanged");
  put_signed("two", 2);
  EXPECT_EQ(reload_acme(), "updated");
  EXPECT_EQ(owner(), "two");
  EXPECT_EQ(find()->tenant.description, "");
}

// Unsigned ways in are shut: what the API makes is inert until it is signed.
TEST_F(RegistrySigningTest, TheApiMakesNothingActiveUnsigned) {
  reload();
  auto made = registry_->create(permit<Action::kTenantsCreate>(), declaration("acme-corp", "Acme"));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->tenant->lifecycle.status, snapshot::TenantStatus::kPending);
  auto resumed = registry_->resume(admin_permit<Action::kTenantsResume>());
  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().reason, "bundle.unsigned");
  auto updated = registry_->update(admin_permit<Action::kTenantsUpdate>(), {{"owner", "api"}}, 1);
  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().reason, "bundle.unsigned");
  restart();
  ASSERT_TRUE(find()) << "a pending tenant is kept";

  snapshot::FileTexts files{{"tenant.yaml", "id: acme-corp\nname: Acme\nowner: pushed\n"}};
  auto unsigned_push = push(files, std::nullopt);
  ASSERT_FALSE(unsigned_push);
  EXPECT_EQ(unsigned_push.error().reason, "bundle.unsigned");
  EXPECT_EQ(ledger_.records.back().first, "acme-corp") << "recorded in the tenant's own chain";
  EXPECT_EQ(ledger_.records.back().second.decision, "deny");
  ASSERT_TRUE(push(files, sign(statement("acme-corp", 1, files), {kAda})));
  EXPECT_EQ(find()->lifecycle.status, snapshot::TenantStatus::kPending);
  ASSERT_TRUE(registry_->resume(admin_permit<Action::kTenantsResume>()));
  restart();
  EXPECT_EQ(owner(), "pushed");
  EXPECT_TRUE(find()->active());
}

TEST_F(RegistrySigningTest, PushedBundlesAreTakenWholeOrNotAtAll) {
  put_signed("one", 1);
  ASSERT_EQ(reload_acme(), "created");
  snapshot::FileTexts files{{"tenant.yaml", "id: acme-corp\nname: Acme\nowner: two\n"}};
  std::string envelope = sign(statement("acme-corp", 2, files), {kAda});
  std::size_t records = ledger_.records.size();
  auto tried = push(files, envelope, Apply::kDryRun);
  ASSERT_TRUE(tried);
  EXPECT_EQ(tried->tenant->tenant.owner, "two");
  EXPECT_EQ(owner(), "one");
  EXPECT_EQ(ledger_.records.size(), records);

  ledger_.full = true;
  EXPECT_FALSE(push(files, envelope));
  EXPECT_EQ(owner(), "one");
  ledger_.full = false;
  restart();
  EXPECT_EQ(owner(), "one");

  ASSERT_TRUE(push(files, envelope));
  EXPECT_EQ(owner(), "two");
  records = ledger_.records.size();
  ASSERT_TRUE(push(files, envelope)) << "the same again changes nothing";
  EXPECT_EQ(ledger_.records.size(), records);
  EXPECT_EQ(reload_acme(), "unchanged") << "the folder did not change";
  put_acme();
  put("acme-corp", "tenant.yaml", files.at("tenant.yaml"));
  put_envelope("acme-corp", envelope);
  EXPECT_EQ(reload_acme(), "unchanged") << "the folder caught up with the push";
  EXPECT_EQ(find()->serial, 2);

  files["router.yaml"] = "a: &a [*a]\n";
  auto bomb = push(files, sign(statement("acme-corp", 3, files), {kAda}));
  ASSERT_FALSE(bomb);
  EXPECT_EQ(bomb.error().reason, "bundle.invalid");
  files["router.yaml"] = std::string((1 << 20) + 1, '#');
  EXPECT_FALSE(push(files, sign(statement("acme-corp", 3, files), {kAda})));
  EXPECT_EQ(owner(), "two");
}

TEST_F(RegistrySigningTest, AManagerMayNotPushWhatItMayNotChange) {
  put_signed("one", 1);
  ASSERT_EQ(reload_acme(), "created");
  auto by_manager = [&](std::string_view text, std::int64_t serial) {
    snapshot::FileTexts files{{"tenant.yaml", std::string(text)}};
    auto pushed = registry_->push(permit<Action::kBundlesPush>(), files,
                                  sign(statement("acme-corp", serial, files), {kAda}));
    return pushed ? "" : pushed.error().reason;
  };
  EXPECT_EQ(by_manager("id: acme-corp\nname: Acme\nquotas: {max_requests_per_minute: 50000}\n", 2),
            "tenant.field_reserved");
  EXPECT_EQ(by_manager("id: acme-corp\nname: Acme\nquotas: {max_requests_per_minute: 5}\nowner: me\n", 2),
            "");
}

// Providers name the server's secrets and the hosts that it calls.
TEST_F(RegistrySigningTest, AManagerMayNotPushProviders) {
  constexpr std::string_view kRouter =
      "providers: {{up: {{kind: openai, base_url: '{}', api_key: 'env:UP_KEY', region: us-east-1}}}}\n"
      "routing: {{primary: {{provider: up, model: m}}}}\n";
  put("acme-corp", "router.yaml", fmt::format(kRouter, "https://up.example/v1"));
  put_signed("one", 1);
  ASSERT_EQ(reload_acme(), "created");
  snapshot::FileTexts files = files_of("acme-corp");
  files.erase(std::string(kEnvelopeFile));
  auto by_manager = [&](std::int64_t serial) {
    auto pushed = registry_->push(permit<Action::kBundlesPush>(), files,
                                  sign(statement("acme-corp", serial, files), {kAda}));
    return pushed ? "" : pushed.error().reason;
  };
  files["tenant.yaml"] += "programs: [beds]\ndescription: the same providers\n";
  EXPECT_EQ(by_manager(2), "");
  files["router.yaml"] = fmt::format(kRouter, "https://eve.example/v1");
  EXPECT_EQ(by_manager(3), "tenant.field_reserved");
  files["router.yaml"] =
      fmt::format(kRouter, "https://up.example/v1") +
      "budget: {unknown_price: {input_per_million_usd: 0.01, output_per_million_usd: 0.01}}\n";
  EXPECT_EQ(by_manager(3), "tenant.field_reserved") << "what models cost is not the tenant's word";
  files.erase("router.yaml");
  files["programs/beds/router.yaml"] = fmt::format(kRouter, "https://eve.example/v1");
  EXPECT_EQ(by_manager(3), "tenant.field_reserved");
}

// A tenant that waits is not opened by a key that was revoked meanwhile.
TEST_F(RegistrySigningTest, APendingTenantIsResumedOnlyByAKeyThatMaySignNow) {
  reload();
  ASSERT_TRUE(registry_->create(permit<Action::kTenantsCreate>(), declaration("acme-corp", "Acme")));
  snapshot::FileTexts files{{"tenant.yaml", "id: acme-corp\nname: Acme\n"}};
  ASSERT_TRUE(push(files, sign(statement("acme-corp", 1, files), {kAda})));
  put_signers(signer_yaml("ada", kAda, "    revoked: true\n") + signer_yaml("bob", kBob), 2);
  reload();
  auto resumed = registry_->resume(admin_permit<Action::kTenantsResume>());
  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().reason, "bundle.signer_revoked");
}

// Back to older content: as a new activation, which needs a signature of its own.
TEST_F(RegistrySigningTest, ARollbackIsSignedAnew) {
  put_signed("one", 1);
  ASSERT_EQ(reload_acme(), "created");
  put_signed("two", 2);
  ASSERT_EQ(reload_acme(), "updated");
  auto activate = [&](std::int64_t serial, std::optional<std::string> with) {
    auto done = registry_->activate(permit<Action::kBundlesActivate>(), serial, std::move(with));
    return done ? "" : done.error().reason;
  };
  EXPECT_EQ(activate(1, std::nullopt), "bundle.unsigned");
  RevisionRow first = registry_->revision(permit<Action::kBundlesRead>(), 1).value();
  EXPECT_EQ(activate(1, first.envelope), "bundle.replayed");
  EXPECT_EQ(activate(7, std::nullopt), "revision.not_found");
  EXPECT_EQ(activate(2, std::nullopt), "revision.active");
  EXPECT_EQ(owner(), "two");
  EXPECT_EQ(activate(1, sign(statement("acme-corp", 3, first.files), {kAda})), "");
  EXPECT_EQ(owner(), "one");
  EXPECT_EQ(find()->serial, 3);
  EXPECT_EQ(reload_acme(), "unchanged");
}

TEST_F(RegistrySigningTest, WithoutRequiredSignaturesARollbackNeedsNone) {
  signing_.signatures = Signatures::kOptional;
  restart();
  put_acme("owner: one\n");
  ASSERT_EQ(reload_acme(), "created");
  put_acme("owner: two\n");
  ASSERT_EQ(reload_acme(), "updated");
  ASSERT_TRUE(registry_->activate(permit<Action::kBundlesActivate>(), 1, std::nullopt));
  EXPECT_EQ(owner(), "one");
}

}  // namespace
}  // namespace bailiwick::bundles
