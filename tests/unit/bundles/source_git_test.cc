#include "bundles/source_git.h"

#include <git2.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "support/temp_folder.h"

namespace bailiwick::bundles {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;

/// A bare repository on this machine, written without a working tree.
class Upstream {
 public:
  struct File {
    std::string path, text;
    git_filemode_t mode = GIT_FILEMODE_BLOB;
  };

  explicit Upstream(const std::filesystem::path& folder) : folder_(folder) {
    git_libgit2_init();
    EXPECT_EQ(git_repository_init(&repository_, folder.c_str(), 1), 0);
  }
  ~Upstream() {
    git_repository_free(repository_);
    git_libgit2_shutdown();
  }

  /// The branch's next commit, which holds these files alone. Its id in hex.
  std::string commit(const std::vector<File>& files, const std::string& branch = "main") {
    git_index* index = nullptr;
    EXPECT_EQ(git_repository_index(&index, repository_), 0);
    git_index_clear(index);
    for (const File& file : files) {
      git_index_entry entry{};
      entry.path = file.path.c_str();
      entry.mode = file.mode;
      EXPECT_EQ(git_index_add_from_buffer(index, &entry, file.text.data(), file.text.size()), 0);
    }
    git_oid tree_id{}, id{};
    EXPECT_EQ(git_index_write_tree(&tree_id, index), 0);
    git_index_free(index);
    git_tree* tree = nullptr;
    EXPECT_EQ(git_tree_lookup(&tree, repository_, &tree_id), 0);
    git_signature* who = nullptr;
    EXPECT_EQ(git_signature_new(&who, "Ada", "ada@example.com", ++time_, 0), 0);
    git_reference* head = nullptr;
    git_commit* parent = nullptr;
    std::string name = "refs/heads/" + branch;
    if (git_reference_lookup(&head, repository_, name.c_str()) == 0)
      EXPECT_EQ(git_commit_lookup(&parent, repository_, git_reference_target(head)), 0);
    const git_commit* parents[] = {parent};
    EXPECT_EQ(git_commit_create(&id, repository_, name.c_str(), who, who, nullptr, "change", tree,
                                parent == nullptr ? 0 : 1, parents),
              0);
    git_reference_free(head);
    git_commit_free(parent);
    git_signature_free(who);
    git_tree_free(tree);
    return git_oid_tostr_s(&id);
  }
  void drop(const std::string& branch) {
    git_reference* head = nullptr;
    ASSERT_EQ(git_reference_lookup(&head, repository_, ("refs/heads/" + branch).c_str()), 0);
    EXPECT_EQ(git_reference_delete(head), 0);
    git_reference_free(head);
  }

 private:
  const std::filesystem::path folder_;
  git_repository* repository_ = nullptr;
  std::int64_t time_ = 1'700'000'000;
};

class GitSourceTest : public testing::Test {
 protected:
  GitSource source(GitOptions options = {}) {
    options.url = (temp_ / "upstream.git").string();
    options.clone = temp_ / "clone.git";
    return {options, crypto::SecretText(""), clock_};
  }

  testing_support::TempFolder temp_;
  Upstream upstream_{temp_ / "upstream.git"};
  SystemClock clock_;
};

TEST_F(GitSourceTest, ReadsTheNewestCommitOfTheBranch) {
  upstream_.commit({{"tenants/acme/tenant.yaml", "id: old\n"}});
  std::string tip = upstream_.commit({{"README.md", "x"},
                                      {"tenants/README.md", "x"},
                                      {"tenants/_platform/quotas.yaml", "{}\n"},
                                      {"tenants/acme/tenant.yaml", "id: acme\n"},
                                      {"tenants/acme/bundle.dsse.json", "{}"},
                                      {"tenants/acme/documents/handbook.md", "# Handbook\n"},
                                      {"tenants/acme/programs/qa/policies/retrieval.yaml", "{}\n"}});
  upstream_.commit({{"tenants/acme/tenant.yaml", "id: elsewhere\n"}}, "other");
  GitSource git = source();
  auto tree = git.read();
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_EQ(git.commit(), tip);
  ASSERT_TRUE(tree->platform);
  EXPECT_THAT(tree->platform->files, ElementsAre(Key("quotas.yaml")));
  ASSERT_EQ(tree->tenants.size(), 1u);
  const TenantFolder& acme = tree->tenants[0];
  EXPECT_THAT(acme.problems, IsEmpty());
  EXPECT_THAT(acme.files, ElementsAre(Key("programs/qa/policies/retrieval.yaml"), Key("tenant.yaml")));
  EXPECT_EQ(acme.files.at("tenant.yaml"), "id: acme\n");
  EXPECT_EQ(acme.envelope, "{}");
  EXPECT_EQ(acme.place, "git:" + tip.substr(0, 12) + ":tenants/acme/");
}

TEST_F(GitSourceTest, FollowsTheBranchAndItsRewriting) {
  GitSource git = source({.folder = ""});
  std::string first = upstream_.commit({{"acme/tenant.yaml", "1"}});
  EXPECT_EQ(git.fetch().value(), first);
  std::string second = upstream_.commit({{"acme/tenant.yaml", "2"}});
  EXPECT_EQ(git.fetch().value(), second);
  EXPECT_EQ(git.read()->tenants.at(0).files.at("tenant.yaml"), "2");
  upstream_.drop("main");
  EXPECT_EQ(git.fetch().error().reason, "bundles.git") << "a branch that is gone is not what it was";
  std::string other = upstream_.commit({{"acme/tenant.yaml", "3"}});
  EXPECT_EQ(git.fetch().value(), other);
}

TEST_F(GitSourceTest, ReportsWhatMayNotBeThere) {
  upstream_.commit({{"tenants/acme/tenant.yaml", "id: acme\n"},
                    {"tenants/acme/router.yaml", "../../secret", GIT_FILEMODE_LINK},
                    {"tenants/acme/slo.yaml", std::string((1 << 20) + 1, '#')},
                    {"tenants/acme/tenant.yml", "id: acme\n"},
                    {"tenants/Bad_Name/tenant.yaml", ""},
                    {"tenants/stray.yaml", ""}});
  auto tree = source().read();
  ASSERT_TRUE(tree);
  std::vector<std::string> found;
  for (const TenantFolder& folder : tree->tenants) {
    for (const Problem& problem : folder.problems) found.push_back(problem.where + " " + problem.message);
  }
  EXPECT_THAT(found, ElementsAre(HasSubstr("tenants/Bad_Name:1:1 a tenant's folder is named by its id"),
                                 HasSubstr("acme/router.yaml:1:1 is a symbolic link"),
                                 HasSubstr("acme/slo.yaml:1:1 larger than 1 MiB"),
                                 HasSubstr("acme/tenant.yml:1:1 is not a file of a bundle"),
                                 HasSubstr("tenants/stray.yaml:1:1 only folders")));
}

TEST_F(GitSourceTest, WhatCannotBeReadIsSaid) {
  EXPECT_THAT(source().read().error().message, HasSubstr("has no branch 'main'"));
  upstream_.commit({{"elsewhere/acme/tenant.yaml", "id: acme\n"}});
  EXPECT_THAT(source().read().error().message, HasSubstr("tenants"));
  GitSource nowhere({.url = (temp_ / "absent.git").string(), .clone = temp_ / "c.git"},
                    crypto::SecretText(""), clock_);
  EXPECT_EQ(nowhere.read().error().reason, "bundles.git");
}

TEST_F(GitSourceTest, ASpoiledCloneIsMadeAnew) {
  std::string tip = upstream_.commit({{"tenants/acme/tenant.yaml", "id: acme\n"}});
  GitSource git = source();
  ASSERT_TRUE(git.read());
  ASSERT_TRUE(write_file_atomically(temp_ / "clone.git/HEAD", "rubbish"));
  std::filesystem::remove_all(temp_ / "clone.git/refs");
  EXPECT_EQ(git.fetch().value(), tip);
  EXPECT_TRUE(git.read());
}

TEST(GitUrl, HoldsNoSecretAndNoOtherWay) {
  for (std::string_view good : {"https://git.example.com/a.git", "/srv/policies.git", "file:///srv/a.git"})
    EXPECT_EQ(fault_of_git_url(good), "") << good;
  for (std::string_view bad :
       {"http://git.example.com/a.git", "ssh://git.example.com/a.git", "git@example.com:a.git", "a.git", "",
        "https://user:secret@git.example.com/a.git", "file://host/a.git"})
    EXPECT_NE(fault_of_git_url(bad), "") << bad;
}

}  // namespace
}  // namespace bailiwick::bundles
