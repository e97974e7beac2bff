// A secret is read where its reference points, follows its file, and never shows in an error.
#include "routing/secret.h"

#include <fstream>

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace bailiwick::routing {
namespace {

using namespace std::chrono_literals;

class SecretTest : public testing::Test {
 protected:
  void write(std::string_view text, int age_s) {
    std::ofstream(file()) << text;
    std::filesystem::last_write_time(
        file(), std::filesystem::file_time_type::clock::now() - std::chrono::seconds(age_s));
  }
  std::filesystem::path file() const { return folder_ / "key"; }
  std::unique_ptr<Secret> secret() const {
    return std::make_unique<Secret>(snapshot::SecretRef{"file:" + file().string()});
  }

  testing_support::TempFolder folder_;
  MonoTime now_{1h};
};

TEST_F(SecretTest, FollowsItsFileWithinASecond) {
  write("first\n", 100);
  auto key = secret();
  EXPECT_EQ(**key->value(now_), "first");
  write("second", 50);
  EXPECT_EQ(**key->value(now_ + 500ms), "first");
  EXPECT_EQ(**key->value(now_ + 1s), "second");
}

TEST_F(SecretTest, AFileThatIsGoneForAMomentKeepsItsLastKey) {
  write("first", 100);
  auto key = secret();
  ASSERT_TRUE(key->value(now_));
  std::filesystem::remove(file());
  EXPECT_EQ(**key->value(now_ + 2s), "first");
}

TEST_F(SecretTest, WhatCannotBeAHeaderIsRefusedWithoutBeingShown) {
  for (std::string_view bad : {"", "\n", "canary\r\nX-Evil: 1", "canary with spaces", "canary\xc3\xa9"}) {
    write(bad, 1);
    auto value = secret()->value(now_);
    ASSERT_FALSE(value) << bad;
    EXPECT_EQ(value.error().reason, "provider.credential");
    EXPECT_EQ((value.error().message + value.error().detail).find("canary"), std::string::npos);
  }
}

TEST_F(SecretTest, WhatIsNotThereIsNamedInTheDetailAlone) {
  auto value = Secret(snapshot::SecretRef{"env:BAILIWICK_TEST_UNSET"}).value(now_);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(value.error().message.find("UNSET"), std::string::npos);
  EXPECT_NE(value.error().detail.find("BAILIWICK_TEST_UNSET"), std::string::npos);
}

}  // namespace
}  // namespace bailiwick::routing
