#include "unit/bundles/registry_rig.h"

namespace bailiwick::bundles {
namespace {

using ::testing::HasSubstr;
using Action = tenancy::Action;

// A folder makes its tenants; read again unchanged, it changes and records nothing.
TEST_F(RegistryTest, ReloadIsIdempotent) {
  put_acme();
  put("beta-inc", "tenant.yaml", "id: beta-inc\nname: Beta\n");
  EXPECT_EQ(reload(), "acme-corp=created beta-inc=created");
  std::size_t records = ledger_.records.size();
  snapshot::SnapshotPtr before = find();
  EXPECT_EQ(reload(), "acme-corp=unchanged beta-inc=unchanged");
  EXPECT_EQ(find(), before);
  EXPECT_EQ(ledger_.records.size(), records);
  restart();
  EXPECT_EQ(reload(), "acme-corp=unchanged beta-inc=unchanged");
}

// A changed file makes a new revision; the counters go on under the new limits.
TEST_F(RegistryTest, ChangesAreTakenAndCountersGoOn) {
  put_acme();
  ASSERT_EQ(reload(), "acme-corp=created");
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(find()->meter->admit({}));
  EXPECT_FALSE(find()->meter->admit({}));
  std::string old = find()->revision;
  put("acme-corp", "tenant.yaml", "id: acme-corp\nname: Acme\nquotas: {max_requests_per_minute: 6}\n");
  EXPECT_EQ(reload(), "acme-corp=updated");
  EXPECT_NE(find()->revision, old);
  EXPECT_EQ(last_report_.tenants[0].revision, find()->revision);
  EXPECT_TRUE(find()->meter->admit({}));
  EXPECT_FALSE(find()->meter->admit({}));
}

// Bad files leave the old revision active and are told with their places; neighbours are not held up.
TEST_F(RegistryTest, BadFilesKeepTheOldRevision) {
  put_acme();
  put("beta-inc", "tenant.yaml", "id: beta-inc\nname: Beta\n");
  ASSERT_EQ(reload(), "acme-corp=created beta-inc=created");
  snapshot::SnapshotPtr before = find();
  put_acme("colour: red\n");
  put("acme-corp", "stray.txt", "?");
  put("beta-inc", "tenant.yaml", "id: beta-inc\nname: Beta Two\n");
  put("gamma", "tenant.yaml", "id: other\nname: Gamma\n");
  EXPECT_EQ(reload(), "acme-corp=rejected beta-inc=updated gamma=rejected");
  EXPECT_FALSE(last_report_.clean());
  EXPECT_EQ(find(), before);
  EXPECT_EQ(find("gamma"), nullptr);
  const TenantReload& acme = last_report_.tenants[0];
  EXPECT_EQ(acme.revision, before->revision);
  ASSERT_EQ(acme.problems.size(), 2u);
  EXPECT_THAT(acme.problems[0].where, HasSubstr("acme-corp/stray.txt:1:1"));
  EXPECT_THAT(acme.problems[1].where, HasSubstr("acme-corp/tenant.yaml:4:1"));
}

// A name that is taken rejects the tenant that came later, whole.
TEST_F(RegistryTest, TakenNamesAreRejected) {
  put_acme();
  put("beta-inc", "tenant.yaml", "id: beta-inc\nname: ACME\n");
  EXPECT_EQ(reload(), "acme-corp=created beta-inc=rejected");
  EXPECT_THAT(last_report_.tenants[1].problems.at(0).message, HasSubstr("another tenant is called"));
}

// Changed through the API and in other files of the folder: both changes stand.
TEST_F(RegistryTest, ApiAndFolderChangesAreMerged) {
  put_acme();
  ASSERT_EQ(reload(), "acme-corp=created");
  ASSERT_TRUE(registry_->update(permit<Action::kTenantsUpdate>(), {{"owner", "api"}}, 1));
  EXPECT_EQ(reload(), "acme-corp=unchanged");
  EXPECT_EQ(find()->tenant.owner, "api");
  put("acme-corp", "slo.yaml", "slo: {latency_p95_ms: 90}\n");
  EXPECT_EQ(reload(), "acme-corp=updated");
  EXPECT_EQ(find()->tenant.owner, "api");
  EXPECT_EQ(find()->files->settings.slo.slo.latency_p95_ms, 90);
}

// The same file changed on both sides is a conflict: the active revision stays until both are equal.
TEST_F(RegistryTest, ConflictsAreReportedAndResolved) {
  put_acme();
  ASSERT_EQ(reload(), "acme-corp=created");
  ASSERT_TRUE(registry_->update(permit<Action::kTenantsUpdate>(), {{"owner", "api"}}, 1));
  put_acme("owner: folder\n");
  EXPECT_EQ(reload(), "acme-corp=conflict");
  EXPECT_FALSE(last_report_.clean());
  EXPECT_THAT(last_report_.tenants[0].problems.at(0).where, HasSubstr("tenant.yaml"));
  EXPECT_EQ(find()->tenant.owner, "api");

  auto rows = store_->query("SELECT files FROM bundle_revisions WHERE tenant = 'acme-corp' AND serial = 2");
  auto files = from_json_object(rows->at(0).text(0));
  put("acme-corp", "tenant.yaml", files->at("tenant.yaml"));
  EXPECT_EQ(reload(), "acme-corp=unchanged");
  put_acme("owner: folder\n");
  EXPECT_EQ(reload(), "acme-corp=updated");
  EXPECT_EQ(find()->tenant.owner, "folder");
}

// A folder that is gone deletes nobody; one that cannot be read is an error and changes nothing.
TEST_F(RegistryTest, AbsenceDeletesNobody) {
  put_acme();
  ASSERT_EQ(reload(), "acme-corp=created");
  std::filesystem::remove_all(tenants_ / "acme-corp");
  EXPECT_EQ(reload(), "acme-corp=missing");
  EXPECT_TRUE(last_report_.clean());
  EXPECT_TRUE(find()->active());
  std::filesystem::remove_all(tenants_);
  EXPECT_EQ(reload(), "bundles.folder");
  EXPECT_TRUE(find()->active());
}

// A ledger that is full lets no revision in.
TEST_F(RegistryTest, UnrecordedRevisionsAreNotTaken) {
  put_acme();
  ASSERT_EQ(reload(), "acme-corp=created");
  put_acme("owner: folder\n");
  ledger_.full = true;
  EXPECT_EQ(reload(), "acme-corp=rejected");
  EXPECT_EQ(find()->tenant.owner, "");
  ledger_.full = false;
  EXPECT_EQ(reload(), "acme-corp=updated");
}

// A stored revision that today's rules refuse stays out of sight, and its folder brings it back under its old
// identity.
TEST_F(RegistryTest, RefusedStoredRevisionsAreMendedByTheFolder) {
  put_acme();
  ASSERT_EQ(reload(), "acme-corp=created");
  std::string uuid = find()->lifecycle.uuid;
  ASSERT_TRUE(store_->execute("UPDATE bundle_revisions SET files = '{\"tenant.yaml\": \"id: acme-corp\"}'"));
  restart();
  EXPECT_EQ(find(), nullptr);
  EXPECT_EQ(reload(), "acme-corp=updated");
  ASSERT_NE(find(), nullptr);
  EXPECT_EQ(find()->lifecycle.uuid, uuid);
}

}  // namespace
}  // namespace bailiwick::bundles
