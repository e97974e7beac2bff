// One SQLite file: statements of our own source, SQLite's defences, and errors that callers can act on.
#include "storage/sqlite/connection.h"

#include <csignal>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "support/temp_folder.h"

namespace bailiwick::storage {
namespace {

using namespace std::chrono_literals;

class ConnectionTest : public testing::Test {
 protected:
  void SetUp() override {
    connection_ = Connection::open(folder_ / "a.db", 50ms, Synchronous::kFull).value();
    ASSERT_TRUE(
        connection_->run_script("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT"));
  }
  Result<std::int64_t> add(std::int64_t id, std::string_view name) {
    return connection_->execute("INSERT INTO t VALUES (:id, :name)", {}, {{":id", id}, {":name", name}});
  }
  std::int64_t count() { return connection_->query("SELECT count(*) FROM t", {}, {}).value()[0].integer(0); }

  testing_support::TempFolder folder_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(ConnectionTest, CountsOnlyWhatTheStatementChanged) {
  EXPECT_EQ(add(1, "a"), 1);
  EXPECT_EQ(add(2, ""), 1);
  EXPECT_EQ(connection_->execute("UPDATE t SET name = name || '!'", {}, {}), 2);
  EXPECT_EQ(connection_->execute("CREATE TABLE other (x INTEGER)", {}, {}), 0);
  EXPECT_EQ(connection_->execute("DELETE FROM t WHERE id = 9", {}, {}), 0);
}

TEST_F(ConnectionTest, KeepsBytesAsTheyAre) {
  std::string odd("a\0';--\xf0\x9f\x90\x9f", 9);
  ASSERT_TRUE(add(1, odd));
  EXPECT_EQ(
      connection_->query("SELECT name FROM t WHERE name = :name", {}, {{":name", odd}}).value()[0].text(0),
      odd);
}

TEST_F(ConnectionTest, ABrokenRuleIsAConflictNamingIt) {
  ASSERT_TRUE(add(1, "a"));
  Error twice = add(2, "a").error();
  EXPECT_EQ(twice.code, ErrorCode::kConflict);
  EXPECT_EQ(twice.reason, "storage.unique");
  EXPECT_NE(twice.detail.find("t.name"), std::string::npos);
  EXPECT_EQ(connection_->execute("INSERT INTO t VALUES (3, NULL)", {}, {}).error().reason,
            "storage.constraint");
}

TEST_F(ConnectionTest, AFaultOfOurOwnSourceThrows) {
  EXPECT_THROW((void)connection_->query("SELEC 1", {}, {}), InvariantViolation);
  EXPECT_THROW((void)connection_->query("SELECT 1; SELECT 2", {}, {}), InvariantViolation);
  EXPECT_THROW((void)connection_->query("SELECT :a", {}, {}), InvariantViolation)
      << "a parameter was forgotten";
  EXPECT_THROW((void)connection_->query("SELECT :a", {}, {{":b", std::int64_t{1}}}), InvariantViolation);
  EXPECT_THROW((void)connection_->query("SELECT :tenant", "acme", {{":tenant", "beta"}}), InvariantViolation);
}

TEST_F(ConnectionTest, ATransactionIsAllOrNothing) {
  auto half = [&](Status outcome) {
    return connection_->transaction([&]() -> Status {
      CHECK_OK(add(1, "a"));
      return outcome;
    });
  };
  EXPECT_EQ(half(fail(ErrorCode::kInvalid, "no", "no")).error().reason, "no");
  EXPECT_EQ(count(), 0);
  EXPECT_THROW(
      (void)connection_->transaction([&]() -> Status { (void)add(1, "a"), throw std::runtime_error("x"); }),
      std::runtime_error);
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(half({}));
  EXPECT_EQ(count(), 1);
}

TEST_F(ConnectionTest, AStatementMayRunInsideItsOwnRows) {
  ASSERT_TRUE(add(1, "a"));
  ASSERT_TRUE(add(2, "b"));
  int pairs = 0;
  auto visit = [&](auto& self, int depth) -> Status {
    return connection_->each("SELECT id FROM t", {}, {}, [&](Row&) {
      if (depth == 0) EXPECT_TRUE(self(self, 1));
      return ++pairs < 100;
    });
  };
  ASSERT_TRUE(visit(visit, 0));
  EXPECT_EQ(pairs, 6);
}

TEST_F(ConnectionTest, TheFileIsOursAloneAndTheDefencesAreUp) {
  struct stat info{};
  for (const char* name : {"a.db", "a.db-wal"}) {
    ASSERT_EQ(::stat((folder_ / name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << name;
  }
  EXPECT_EQ(connection_->query("PRAGMA journal_mode", {}, {}).value()[0].text(0), "wal");
  EXPECT_EQ(connection_->query("PRAGMA synchronous", {}, {}).value()[0].integer(0), 2);
  EXPECT_EQ(connection_->query("PRAGMA foreign_keys", {}, {}).value()[0].integer(0), 1);
  EXPECT_EQ(connection_->query("PRAGMA trusted_schema", {}, {}).value()[0].integer(0), 0);
  EXPECT_THROW((void)connection_->run_script("ATTACH '/tmp/x.db' AS x"), InvariantViolation);
  EXPECT_THROW((void)connection_->run_script("PRAGMA writable_schema=ON; DELETE FROM sqlite_schema"),
               InvariantViolation);
}

TEST_F(ConnectionTest, ADamagedFileIsUnavailable) {
  std::filesystem::path file = folder_ / "bad.db";
  std::FILE* out = std::fopen(file.c_str(), "w");
  std::fputs(std::string(8192, 'x').c_str(), out);
  std::fclose(out);
  EXPECT_EQ(Connection::open(file, 50ms, Synchronous::kNormal).error().reason, "storage.unavailable");
}

TEST_F(ConnectionTest, AnotherWriterIsWaitedForAndThenUnavailable) {
  auto other = Connection::open(folder_ / "a.db", 50ms, Synchronous::kNormal).value();
  Status outcome = other->transaction([&]() -> Status {
    EXPECT_EQ(add(1, "a").error().reason, "storage.unavailable");
    return {};
  });
  EXPECT_TRUE(outcome);
  EXPECT_TRUE(add(1, "a"));
}

TEST_F(ConnectionTest, AFullDiskSaysSoAndTheFileRecovers) {
  ASSERT_TRUE(connection_->run_script("PRAGMA max_page_count = 8"));
  EXPECT_EQ(add(1, std::string(200'000, 'x')).error().reason, "storage.full");
  ASSERT_TRUE(connection_->run_script("PRAGMA max_page_count = 1000000"));
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(add(1, std::string(200'000, 'x')));
}

TEST_F(ConnectionTest, AFailingWriteIsUnavailableAndTheFileRecovers) {
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small{64 * 1024, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  Result<std::int64_t> outcome = add(1, std::string(200'000, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(outcome.error().reason, "storage.unavailable");
  EXPECT_TRUE(add(1, "a"));
  EXPECT_EQ(count(), 1);
}

}  // namespace
}  // namespace bailiwick::storage
