// The checksum is the published one, by instruction and by table.
#include "ledger/crc32c.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::ledger {
namespace {

TEST(Crc32c, MatchesRfc3720) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c(""), 0u);
}

RC_GTEST_PROP(Crc32c, TheTwoWaysAgree, (const std::string& bytes)) {
  RC_ASSERT(crc32c(bytes) == crc32c_portable(bytes));
}

}  // namespace
}  // namespace bailiwick::ledger
