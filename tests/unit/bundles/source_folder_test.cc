#include "bundles/source_folder.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/files.h"
#include "bundles/folder_collector.h"
#include "support/temp_folder.h"

namespace bailiwick::bundles {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;

void put(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::create_directories(file.parent_path());
  ASSERT_TRUE(write_file_atomically(file, text));
}

// Files of a bundle are read with their paths; content and what people put beside it are passed over.
TEST(SourceFolder, ReadsTheFilesOfABundle) {
  testing_support::TempFolder temp;
  put(temp / "acme/tenant.yaml", "id: acme\n");
  put(temp / "acme/programs/qa/policies/retrieval.yaml", "{}\n");
  put(temp / "acme/documents/deep/handbook.md", "# Handbook\n");
  put(temp / "acme/.tenant.yaml.swp", "x");
  put(temp / "acme/README.md", "x");
  TenantFolder folder = read_tenant_folder(temp / "acme");
  EXPECT_EQ(folder.name, "acme");
  EXPECT_THAT(folder.problems, IsEmpty());
  EXPECT_THAT(folder.files, ElementsAre(Key("programs/qa/policies/retrieval.yaml"), Key("tenant.yaml")));
  EXPECT_EQ(folder.place, (temp / "acme/").string());
}

// What may not be there is named with its path: strays, links, devices, depth, size.
TEST(SourceFolder, ReportsWhatMayNotBeThere) {
  testing_support::TempFolder temp;
  put(temp / "outside.yaml", "secret: 1\n");
  put(temp / "acme/tenant.yaml", "id: acme\n");
  put(temp / "acme/tenant.yml", "id: acme\n");
  put(temp / "acme/programs/a/b/c/slo.yaml", "{}\n");
  put(temp / "acme/slo.yaml", std::string((1 << 20) + 1, '#'));
  std::filesystem::create_symlink(temp / "outside.yaml", temp / "acme/router.yaml");
  std::filesystem::create_directory_symlink(temp.path(), temp / "acme/policies");
  ASSERT_EQ(::mkfifo((temp / "acme/labels.yaml").c_str(), 0600), 0);
  TenantFolder folder = read_tenant_folder(temp / "acme");
  std::vector<std::string> found;
  for (const Problem& problem : folder.problems) {
    found.push_back(problem.where.substr(folder.place.size()) + " " + problem.message);
  }
  EXPECT_THAT(found, ElementsAre(HasSubstr("labels.yaml:1:1 is not a regular file"),  //
                                 HasSubstr("policies:1:1 is a symbolic link"),        //
                                 HasSubstr("programs/a/b/c:1:1 lies deeper"),         //
                                 HasSubstr("router.yaml:1:1 is a symbolic link"),     //
                                 HasSubstr("slo.yaml:1:1 larger than 1 MiB"),         //
                                 HasSubstr("tenant.yml:1:1 is not a file of a bundle")));
  EXPECT_THAT(folder.files, ElementsAre(Key("tenant.yaml")));
}

// A bundle of too many files stops being read, and says so once.
TEST(SourceFolder, CapsTheNumberOfFiles) {
  testing_support::TempFolder temp;
  std::filesystem::create_directories(temp / "acme");
  for (std::size_t i = 0; i < snapshot::kMaxBundleFiles + 3; ++i) {
    std::ofstream(temp / ("acme/r" + std::to_string(i) + ".cedar"));
  }
  TenantFolder folder = read_tenant_folder(temp / "acme");
  EXPECT_EQ(folder.files.size(), snapshot::kMaxBundleFiles);
  ASSERT_EQ(folder.problems.size(), 1u);
  EXPECT_THAT(folder.problems[0].message, HasSubstr("at most 512 files"));
}

// Names cost nothing where a few objects can be named again and again, so they are counted.
TEST(FolderCollector, EndsWhereNoBundleIsSoLarge) {
  FolderCollector collector("acme", "acme/");
  auto nothing = [](std::size_t) -> Result<std::string> { return std::string(); };
  std::size_t visits = 0;
  while (visits < 1'000'000 && collector.visit("x" + std::to_string(visits), FolderCollector::Entry::kOther,
                                               nothing) != FolderCollector::Next::kStop)
    ++visits;
  EXPECT_LT(visits, 50'000u);
  EXPECT_LE(std::move(collector).result().problems.size(), 100u);
}

// The tree holds folders named by ids; anything else is reported, not skipped.
TEST(SourceFolder, ReadsTheTree) {
  testing_support::TempFolder temp;
  put(temp / "beta/tenant.yaml", "");
  put(temp / "acme/tenant.yaml", "");
  put(temp / "Bad_Name/tenant.yaml", "");
  put(temp / "stray.yaml", "");
  put(temp / "README.md", "");
  put(temp / "_platform/quotas.yaml", "");
  auto tree = FolderSource(temp.path()).read();
  ASSERT_TRUE(tree);
  ASSERT_EQ(tree->tenants.size(), 4u);
  EXPECT_EQ(tree->tenants[0].name, "Bad_Name");
  EXPECT_THAT(tree->tenants[0].problems[0].message, HasSubstr("named by its id"));
  EXPECT_EQ(tree->tenants[1].name, "acme");
  EXPECT_THAT(tree->tenants[3].problems[0].message, HasSubstr("only folders"));
  ASSERT_TRUE(tree->platform);
  EXPECT_THAT(tree->platform->files, ElementsAre(Key("quotas.yaml")));
  EXPECT_EQ(FolderSource(temp / "absent").read().error().reason, "bundles.folder");
}

}  // namespace
}  // namespace bailiwick::bundles
