// Rows give typed values, and a wrong type or place is a broken invariant, never a wrong value.
#include "storage/sql.h"

#include <gtest/gtest.h>

namespace bailiwick::storage {
namespace {

TEST(Row, GivesWhatItHolds) {
  Row row({std::int64_t{7}, 0.5, std::string("x"), std::monostate{}});
  EXPECT_EQ(row.size(), 4u);
  EXPECT_EQ(row.integer(0), 7);
  EXPECT_EQ(row.real(1), 0.5);
  EXPECT_EQ(row.text(2), "x");
  EXPECT_TRUE(row.is_null(3));
  EXPECT_FALSE(row.is_null(0));
}

TEST(Row, ThrowsOnAnotherTypeOrPlace) {
  Row row({std::int64_t{7}, std::monostate{}});
  EXPECT_THROW(row.text(0), InvariantViolation);
  EXPECT_THROW(row.real(0), InvariantViolation);
  EXPECT_THROW(row.integer(1), InvariantViolation);
  EXPECT_THROW(row.integer(2), InvariantViolation);
  EXPECT_THROW(static_cast<void>(row.is_null(2)), InvariantViolation);
}

TEST(TenantSql, MustNameTheTenant) {
  EXPECT_EQ(TenantSql("SELECT 1 WHERE :tenant = 'a'").text(), "SELECT 1 WHERE :tenant = 'a'");
}

}  // namespace
}  // namespace bailiwick::storage
