#include "snapshot/policy_header.h"

#include <gtest/gtest.h>

namespace bailiwick::snapshot {
namespace {

// Versions are semantic versions, at the edges of their grammar.
TEST(PolicyHeader, SemanticVersions) {
  for (std::string_view good :
       {"0.0.0", "1.2.3", "10.20.30", "1.0.0-rc.1", "1.0.0-x-y.0a", "1.0.0+build.007", "1.0.0-a+b-c"}) {
    EXPECT_TRUE(is_semver(good)) << good;
  }
  for (std::string_view bad : {"", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+",
                               "1.2.3-a..b", "v1.2.3", "1.2.x", "1.2.3 "}) {
    EXPECT_FALSE(is_semver(bad)) << bad;
  }
}

}  // namespace
}  // namespace bailiwick::snapshot
