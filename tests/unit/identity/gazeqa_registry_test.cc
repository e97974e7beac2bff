// GazeQA's registry becomes tokens of ours, is read again when it changes, and never shows a token.
#include "identity/gazeqa_registry.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "policy/role_kernel.h"
#include "support/temp_folder.h"

namespace bailiwick::identity {
namespace {

using tenancy::Action, tenancy::Role;

constexpr std::string_view kRegistry = R"({
  "runner-token-1": {"organization": "Acme", "organization_slug": "acme-qa", "actor_role": "qa_runner"},
  "viewer-token-1": {"organization_slug": "acme-qa", "actor_role": "qa_viewer", "scopes": []},
  "strange-token-1": {"organization_slug": "beta", "actor_role": "root", "scopes": ["runs:*"]},
  "admin-token-1": {"organization_slug": "beta", "actor_role": "admin", "scopes": ["*"]}
})";

class GazeqaRegistryTest : public testing::Test {
 protected:
  void write(std::string_view text, int second) {
    ASSERT_TRUE(write_file_atomically(file_, text));
    std::filesystem::last_write_time(file_, std::filesystem::file_time_type(std::chrono::seconds(second)));
  }
  bool may(std::string_view secret, Action action) {
    TokenPtr token = table_.find(secret);
    if (!token) return false;
    const tenancy::Principal& principal = *token->principal;
    policy::Question question{.principal = principal, .action = action, .tenant = &*principal.tenant};
    return policy::RoleKernel().decide(question).effect == policy::Effect::kAllow;
  }

  ManualClock clock_{parse_rfc3339("2026-11-25T12:00:00Z").value()};
  TokenTable table_{"key"};
  testing_support::TempFolder folder_;
  std::filesystem::path file_ = folder_ / "registry.json";
};

TEST_F(GazeqaRegistryTest, RolesAndScopesAreMapped) {
  GazeqaRegistry registry(table_, clock_, std::string(kRegistry), {});
  ASSERT_TRUE(registry.refresh());
  EXPECT_EQ(table_.find("runner-token-1")->principal->tenant->str(), "acme-qa");
  EXPECT_EQ(table_.find("runner-token-1")->source, TokenSource::kRegistry);
  EXPECT_TRUE(may("runner-token-1", Action::kRunsCreate));
  EXPECT_FALSE(may("runner-token-1", Action::kAsk)) << "without scopes: what the role does in GazeQA";
  EXPECT_TRUE(may("viewer-token-1", Action::kRunsRead));
  EXPECT_TRUE(may("runner-token-1", Action::kEvaluationsJudge)) << "as whoever creates runs";
  EXPECT_FALSE(may("viewer-token-1", Action::kRunsCreate)) << "a viewer reads";
  EXPECT_FALSE(may("viewer-token-1", Action::kEvaluationsJudge));
  EXPECT_FALSE(may("viewer-token-1", Action::kTenantsGet)) << "an empty list is no wildcard";
  EXPECT_EQ(table_.find("strange-token-1")->principal->bindings[0].role, Role::kViewer)
      << "an unknown role is a viewer";
  EXPECT_FALSE(may("strange-token-1", Action::kRunsCreate));
  EXPECT_TRUE(may("admin-token-1", Action::kRunsCreate));
  EXPECT_FALSE(may("admin-token-1", Action::kTenantsCreate))
      << "an admin of its organisation, not of the platform";
}

// The token stands in no id, name, subject or record.
TEST_F(GazeqaRegistryTest, ATokenIsKeptAsItsHashAlone) {
  auto tokens = parse_gazeqa_registry(kRegistry, table_, clock_.wall());
  ASSERT_TRUE(tokens);
  for (const TokenPtr& token : *tokens) {
    EXPECT_EQ((token->id + token->name + token->principal->subject).find("token-1"), std::string::npos);
  }
}

TEST_F(GazeqaRegistryTest, AnAbsentOrganisationIsAnError) {
  auto refused = parse_gazeqa_registry(R"({"secret-token": {"actor_role": "admin"}})", table_, clock_.wall());
  ASSERT_FALSE(refused);
  EXPECT_NE(to_string(refused.error().problems).find("organization_slug"), std::string::npos);
}

// However a registry is broken, the message holds no part of a token.
TEST_F(GazeqaRegistryTest, ErrorsHoldNoToken) {
  for (std::string_view bad : {
           R"({"canary-secret": {"organization_slug": "No Slug"}})",
           R"({"canary-secret": {"organization_slug": "a", "extra": 1}})",
           R"({"canary-secret": "acme"})",
           R"({"canary-secret": ["Acme", "acme", "qa_runner", "*"]})",
           R"({"canary-secret": {"organization_slug": "a", "scopes": "runs:*"}})",
           R"({"canary-secret": {"organization_slug": "a"}, "canary-secret": {"organization_slug": "b"}})",
           R"({"canary-secret": {"organization_slug": "a"},)",
           R"(["canary-secret"])",
           R"({"canary": {"organization_slug": "a"}})",
       }) {
    auto refused = parse_gazeqa_registry(bad, table_, clock_.wall());
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().reason, "registry.invalid") << bad;
    const Error& error = refused.error();
    EXPECT_EQ((error.message + error.detail + to_string(error.problems)).find("canary"), std::string::npos)
        << to_string(error.problems);
  }
}

TEST_F(GazeqaRegistryTest, AChangedFileReplacesAllItsTokens) {
  write(R"({"first-token": {"organization_slug": "acme"}})", 1);
  GazeqaRegistry registry(table_, clock_, "", {file_});
  ASSERT_TRUE(registry.refresh());
  EXPECT_NE(table_.find("first-token"), nullptr);
  write(R"({"second-token": {"organization_slug": "acme"}})", 2);
  ASSERT_TRUE(registry.refresh());
  EXPECT_EQ(table_.find("first-token"), nullptr);
  EXPECT_NE(table_.find("second-token"), nullptr);
  write("{}", 3);
  ASSERT_TRUE(registry.refresh());
  EXPECT_EQ(table_.find("second-token"), nullptr);
}

// A file that is bad or gone is an error every time, and takes no one's access by accident.
TEST_F(GazeqaRegistryTest, ABadFileKeepsTheOldTokensAndSaysSo) {
  write(R"({"first-token": {"organization_slug": "acme"}})", 1);
  GazeqaRegistry registry(table_, clock_, "", {file_});
  ASSERT_TRUE(registry.refresh());
  write("{", 2);
  for (int round = 0; round < 2; ++round) EXPECT_EQ(registry.refresh().error().reason, "registry.invalid");
  std::string which = registry.refresh().error().detail;
  write("[", 3);
  EXPECT_NE(registry.refresh().error().detail, which) << "two bad files are told apart";
  EXPECT_NE(table_.find("first-token"), nullptr);
  std::filesystem::remove(file_);
  for (int round = 0; round < 2; ++round) EXPECT_EQ(registry.refresh().error().reason, "registry.unreadable");
  EXPECT_NE(table_.find("first-token"), nullptr);
  write(R"({"second-token": {"organization_slug": "acme"}})", 2);
  ASSERT_TRUE(registry.refresh());
  EXPECT_EQ(table_.find("first-token"), nullptr);
}

TEST_F(GazeqaRegistryTest, BothSourcesAreReadAndMayNotDisagree) {
  write(R"({"file-token-1": {"organization_slug": "acme"}})", 1);
  GazeqaRegistry both(table_, clock_, R"({"inline-token": {"organization_slug": "beta"}})", {file_});
  ASSERT_TRUE(both.refresh());
  EXPECT_NE(table_.find("file-token-1"), nullptr);
  EXPECT_NE(table_.find("inline-token"), nullptr);
  GazeqaRegistry clash(table_, clock_, R"({"file-token-1": {"organization_slug": "beta"}})", {file_});
  auto refused = clash.refresh();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("file-token-1"), std::string::npos);
  EXPECT_EQ(table_.find("file-token-1")->principal->tenant->str(), "acme");
}

// Two files are one registry; a fault names the file it is in, and neither file loses its tokens by it.
TEST_F(GazeqaRegistryTest, TwoFilesAreReadTogether) {
  std::filesystem::path second = folder_ / "second.json";
  write(R"({"first-token": {"organization_slug": "acme"}})", 1);
  ASSERT_TRUE(write_file_atomically(second, R"({"other-token": {"organization_slug": "beta"}})"));
  GazeqaRegistry registry(table_, clock_, "", {file_, second});
  ASSERT_TRUE(registry.refresh());
  EXPECT_EQ(table_.find("first-token")->principal->tenant->str(), "acme");
  EXPECT_EQ(table_.find("other-token")->principal->tenant->str(), "beta");

  ASSERT_TRUE(write_file_atomically(second, "other-token"));
  std::filesystem::last_write_time(second, std::filesystem::file_time_type(std::chrono::seconds(7)));
  auto refused = registry.refresh();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find(second.string()), std::string::npos);
  EXPECT_EQ(refused.error().message.find("other-token"), std::string::npos);
  EXPECT_NE(table_.find("other-token"), nullptr);

  ASSERT_TRUE(write_file_atomically(second, "{}"));
  ASSERT_TRUE(registry.refresh());
  EXPECT_NE(table_.find("first-token"), nullptr);
  EXPECT_EQ(table_.find("other-token"), nullptr);
}

// Nothing configured is nothing read: no registry never means no authentication.
TEST_F(GazeqaRegistryTest, NoRegistryIsNoToken) {
  GazeqaRegistry none(table_, clock_, "", {});
  EXPECT_TRUE(none.refresh());
  EXPECT_EQ(table_.find(""), nullptr);
}

}  // namespace
}  // namespace bailiwick::identity
