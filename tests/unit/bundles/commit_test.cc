#include "bundles/commit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "support/temp_folder.h"

namespace bailiwick::bundles {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const WallTime kNow = parse_rfc3339("2026-11-25T12:00:00Z").value();

std::vector<std::string> problems_of(const snapshot::FileTexts& files) {
  auto checked = check_bundle(InProcessSandbox(), files, "acme", "acme/");
  std::vector<std::string> out;
  if (checked) return out;
  EXPECT_EQ(checked.error().reason, "bundle.invalid");
  for (const Problem& problem : checked.error().problems)
    out.push_back(problem.where + " " + problem.message);
  return out;
}

// A good bundle passes the stages and gets its name and its limits.
TEST(Commit, GoodBundlesPass) {
  const snapshot::FileTexts files{
      {"tenant.yaml", "id: acme\nname: Acme\nquotas: {max_requests_per_minute: 5}\n"}};
  auto checked = check_bundle(InProcessSandbox(), files, "acme", "");
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->revision, revision_of(manifest_of(files)));
  EXPECT_EQ(checked->limits.tenant.requests_per_minute, 5);
}

// The sandbox finds what no reading finds: zones that do not exist, patterns that match nothing.
TEST(Commit, SandboxTriesThingsOut) {
  EXPECT_THAT(problems_of({{"tenant.yaml", "id: acme\nname: Acme\ntime_zone: Mars/Olympus\n"}}),
              ElementsAre(StartsWith("acme/tenant.yaml:3:12 time_zone: ")));
  EXPECT_THAT(
      problems_of({{"tenant.yaml", "id: acme\nname: Acme\n"},
                   {"policies/retrieval.yaml", "trust:\n  forbidden_patterns: [malware, 'bad*', '...']\n"}}),
      ElementsAre(HasSubstr("'...' forbids nothing")));
}

// The samples that are shipped are valid, and share no name.
TEST(Commit, SamplesAreValid) {
  for (const char* folder : {"examples/tenants", "examples/bundle", "examples/tenants/acme-corp"}) {
    auto checks =
        validate_folder(InProcessSandbox(), std::filesystem::path(BAILIWICK_SOURCE_DIR) / folder, kNow);
    ASSERT_TRUE(checks) << folder;
    EXPECT_FALSE(checks->empty());
    for (const FolderCheck& check : *checks) {
      EXPECT_EQ(to_string(check.problems), "") << check.tenant;
      EXPECT_EQ(check.revision.size(), 16u);
    }
  }
}

// A tenant is checked under the `_platform` beside it, alone or with its neighbours; where each quota comes
// from is told.
TEST(Commit, FoldersAreCheckedUnderThePlatforms) {
  testing_support::TempFolder temp;
  auto put = [&](const std::string& file, const std::string& text) {
    std::filesystem::create_directories((temp / file).parent_path());
    ASSERT_TRUE(write_file_atomically(temp / file, text));
  };
  put("_platform/quotas.yaml", "plans: {pro: {max_users: 7}}\nceilings: {max_cpus: 4}\n");
  put("a/tenant.yaml", "id: a\nname: A\nplan: pro\nquotas: {max_cpus: 2}\n");
  put("b/tenant.yaml", "id: b\nname: B\nquotas: {max_cpus: 5}\n");
  auto checks = validate_folder(InProcessSandbox(), temp.path(), kNow);
  ASSERT_TRUE(checks);
  ASSERT_EQ(checks->size(), 3u);
  EXPECT_EQ((*checks)[0].tenant, "_platform");
  EXPECT_EQ((*checks)[0].revision.size(), 16u);
  EXPECT_EQ((*checks)[1].quotas.max_users, 7);
  EXPECT_EQ((*checks)[1].inherited, (snapshot::QuotaOrigins{{"max_users", "plan"}}));
  EXPECT_EQ(
      to_string((*checks)[2].problems),
      (temp / "b/tenant.yaml").string() + ":3:20: quotas/max_cpus: is above the platform's ceiling of 4\n");
  auto alone = validate_folder(InProcessSandbox(), temp / "b", kNow);
  ASSERT_TRUE(alone);
  EXPECT_THAT(alone->at(0).problems,
              ElementsAre(testing::Field(&Problem::message, HasSubstr("ceiling of 4"))));
  put("_platform/quotas.yml", "");
  EXPECT_THAT(validate_folder(InProcessSandbox(), temp.path(), kNow)->at(0).problems.at(0).message,
              HasSubstr("remove it"));
}

// Two folders may not share a name, whatever its case, nor a namespace.
TEST(Commit, FoldersShareNoNames) {
  testing_support::TempFolder temp;
  auto put = [&](const std::string& id, const std::string& rest) {
    std::filesystem::create_directories(temp / id);
    ASSERT_TRUE(write_file_atomically(temp / id / "tenant.yaml", "id: " + id + "\n" + rest));
  };
  put("a", "name: Acme\nnamespaces: [wards]\n");
  put("b", "name: ' ACME '\n");
  put("c", "name: Other\nnamespaces: [wards]\n");
  auto checks = validate_folder(InProcessSandbox(), temp.path(), kNow);
  ASSERT_TRUE(checks);
  EXPECT_THAT((*checks)[0].problems, IsEmpty());
  EXPECT_THAT((*checks)[1].problems.at(0).message, HasSubstr("another tenant is called"));
  EXPECT_THAT((*checks)[2].problems.at(0).message, HasSubstr("namespace 'wards'"));
}

}  // namespace
}  // namespace bailiwick::bundles
