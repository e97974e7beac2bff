// Migrations apply once and in order, and a file whose history is not ours is refused whole.
#include "storage/sqlite/migrate.h"

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace bailiwick::storage {
namespace {

using namespace std::chrono_literals;

const Migration kFirst{"runs", 1, "CREATE TABLE runs (id TEXT); CREATE TABLE more (id TEXT);"};
const Migration kSecond{"runs", 2, "ALTER TABLE runs ADD COLUMN name TEXT"};

class Migrate : public testing::Test {
 protected:
  Status apply(std::vector<Migration> migrations, std::string_view owner = "acme-corp") {
    return migrate(*connection_, owner, migrations);
  }
  testing_support::TempFolder folder_;
  std::unique_ptr<Connection> connection_ =
      Connection::open(folder_ / "a.db", 50ms, Synchronous::kNormal).value();
};

TEST_F(Migrate, AppliesWhatIsMissing) {
  ASSERT_TRUE(apply({kFirst}));
  ASSERT_TRUE(apply({kFirst, kSecond}));
  ASSERT_TRUE(apply({kFirst, kSecond}));
  EXPECT_TRUE(connection_->query("SELECT name FROM runs", {}, {}));
}

TEST_F(Migrate, RefusesAChangedStep) {
  ASSERT_TRUE(apply({kFirst}));
  Error error = apply({{"runs", 1, "CREATE TABLE runs (id INTEGER)"}}).error();
  EXPECT_EQ(error.reason, "storage.migration_changed");
  EXPECT_NE(error.detail.find("1 of runs"), std::string::npos);
}

TEST_F(Migrate, RefusesAFileOfANewerVersionAndOfAnotherOwner) {
  ASSERT_TRUE(apply({kFirst, kSecond}));
  EXPECT_EQ(apply({kFirst}).error().reason, "storage.schema_newer");
  EXPECT_EQ(apply({kFirst, kSecond}, "beta-inc").error().reason, "storage.wrong_owner");
}

TEST_F(Migrate, AFailingStepLeavesNothingBehind) {
  EXPECT_THROW((void)apply({kFirst, {"runs", 2, "CREATE TABLE runs (id TEXT)"}}), InvariantViolation);
  EXPECT_THROW((void)connection_->query("SELECT * FROM runs", {}, {}), InvariantViolation);
}

TEST(CheckMigrations, WantsEveryVersionInOrder) {
  EXPECT_NO_THROW(check_migrations(std::vector{kFirst, Migration{"corpus", 1, ""}, kSecond}));
  EXPECT_THROW(check_migrations(std::vector{kSecond, kFirst}), InvariantViolation);
  EXPECT_THROW(check_migrations(std::vector{kFirst, kFirst}), InvariantViolation);
}

}  // namespace
}  // namespace bailiwick::storage
