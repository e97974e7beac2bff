// A record names its rules in one way, and what is written otherwise is not guessed at.
#include "identity/policy_revision.h"

#include <gtest/gtest.h>

namespace bailiwick::identity {
namespace {

TEST(PolicyRevisionTest, IsTakenApart) {
  auto whole = PolicyRevision::parse("roles-1+platform-9f00+3c00+before-7700");
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->platform, "9f00");
  EXPECT_EQ(whole->tenant, "3c00");
  EXPECT_EQ(whole->before, "7700");
  auto bare = PolicyRevision::parse("roles-1");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->platform + bare->tenant + bare->before, "");
  EXPECT_EQ(PolicyRevision::parse("roles-1+platform-9f00")->tenant, "");
  EXPECT_EQ(PolicyRevision::parse("roles-1+before-7700")->before, "7700") << "new rules may be none";
}

TEST(PolicyRevisionTest, WhatItDoesNotKnowIsRefused) {
  for (std::string_view strange : {"", "roles-0", "roles-2+3c00", "system", "roles-1++3c00",
                                   "roles-1+platform-", "roles-1+3c00+3d00", "roles-1+before-1+before-2"}) {
    auto parsed = PolicyRevision::parse(strange);
    ASSERT_FALSE(parsed) << strange;
    EXPECT_EQ(parsed.error().reason, "record.policy_revision") << strange;
  }
}

}  // namespace
}  // namespace bailiwick::identity
