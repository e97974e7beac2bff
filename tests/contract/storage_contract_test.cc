// What every adapter of the storage ports promises, whatever it stands on. An adapter joins with one factory.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "storage/sqlite/sqlite_store.h"
#include "support/permit_maker.h"
#include "support/temp_folder.h"

namespace bailiwick::storage {
namespace {

using tenancy::Action;
using testing_support::permit;

const std::vector<Migration> kTenantSchema{
    {"notes", 1,
     "CREATE TABLE notes (tenant TEXT NOT NULL, id TEXT NOT NULL, body TEXT, size INTEGER, score REAL,"
     " PRIMARY KEY (tenant, id)) STRICT"}};
const std::vector<Migration> kPlatformSchema{
    {"things", 1, "CREATE TABLE things (name TEXT NOT NULL UNIQUE) STRICT"}};

/// How to make the stores of one adapter below a folder. Making them twice opens the same data.
struct Adapter {
  std::string name;
  std::function<std::unique_ptr<TenantStore>(const std::filesystem::path&)> tenant_store;
  std::function<std::unique_ptr<PlatformStore>(const std::filesystem::path&)> platform_store;
};

Adapter sqlite(std::string name, std::size_t max_open_tenants) {
  auto tenants = [=](const std::filesystem::path& folder) {
    return open_sqlite_tenant_store(
               {.folder = folder, .migrations = kTenantSchema, .max_open_tenants = max_open_tenants})
        .value();
  };
  auto platform = [](const std::filesystem::path& folder) {
    return open_sqlite_platform_store({.folder = folder, .migrations = kPlatformSchema}).value();
  };
  return {std::move(name), tenants, platform};
}

class StorageContract : public testing::TestWithParam<Adapter> {
 protected:
  std::unique_ptr<TenantSession> session(std::string_view tenant) {
    return store_->open(permit<Action::kCorpusWrite>(tenant)).value();
  }
  static Result<std::int64_t> put(TenantSession& session, std::string_view id, std::string_view body) {
    return session.execute("INSERT INTO notes (tenant, id, body) VALUES (:tenant, :id, :body)",
                           {{":id", id}, {":body", body}});
  }
  static std::int64_t count(TenantSession& session) {
    return session.query("SELECT count(*) FROM notes WHERE tenant = :tenant").value()[0].integer(0);
  }

  testing_support::TempFolder folder_;
  std::unique_ptr<TenantStore> store_ = GetParam().tenant_store(folder_.path());
  std::unique_ptr<PlatformStore> platform_ = GetParam().platform_store(folder_.path());
};

TEST_P(StorageContract, ValuesComeBackWithTheirTypes) {
  auto acme = session("acme-corp");
  ASSERT_EQ(acme->execute("INSERT INTO notes VALUES (:tenant, :id, :body, :size, :score)",
                          {{":id", "a"}, {":body", nullptr}, {":size", std::int64_t{-5}}, {":score", 0.25}}),
            1);
  Row row =
      acme->query("SELECT tenant, id, body, size, score FROM notes WHERE tenant = :tenant").value().at(0);
  EXPECT_EQ(row.text(0), "acme-corp");
  EXPECT_EQ(row.text(1), "a");
  EXPECT_TRUE(row.is_null(2));
  EXPECT_EQ(row.integer(3), -5);
  EXPECT_EQ(row.real(4), 0.25);
}

TEST_P(StorageContract, ATenantSeesItsOwnAlone) {
  auto acme = session("acme-corp"), beta = session("beta-inc");
  ASSERT_TRUE(put(*acme, "same-id", "canary-acme"));
  ASSERT_TRUE(put(*beta, "same-id", "canary-beta"));
  EXPECT_EQ(acme->query("SELECT body FROM notes WHERE tenant = :tenant").value().at(0).text(0),
            "canary-acme");
  EXPECT_EQ(count(*acme), 1);
  ASSERT_EQ(beta->execute("DELETE FROM notes WHERE tenant = :tenant"), 1);
  EXPECT_EQ(count(*acme), 1);
  // Even a statement that forgets to filter has nothing of the neighbour to find.
  auto leaky = acme->query("SELECT body FROM notes WHERE :tenant <> ''").value();
  ASSERT_EQ(leaky.size(), 1u);
  EXPECT_EQ(leaky[0].text(0), "canary-acme");
}

TEST_P(StorageContract, TheSessionAloneBindsTheTenant) {
  auto acme = session("acme-corp");
  EXPECT_THROW((void)acme->query("SELECT 1 WHERE :tenant = ''", {{":tenant", "beta-inc"}}),
               InvariantViolation);
}

TEST_P(StorageContract, DataOutlivesTheStore) {
  ASSERT_TRUE(put(*session("acme-corp"), "a", "body"));
  store_ = GetParam().tenant_store(folder_.path());
  EXPECT_EQ(count(*session("acme-corp")), 1);
}

TEST_P(StorageContract, EachStopsWhenToldTo) {
  auto acme = session("acme-corp");
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(put(*acme, id, ""));
  std::string seen;
  ASSERT_TRUE(acme->each("SELECT id FROM notes WHERE tenant = :tenant ORDER BY id", {}, [&](const Row& row) {
    seen += row.text(0);
    return seen.size() < 2 ? TenantSession::Next::kContinue : TenantSession::Next::kStop;
  }));
  EXPECT_EQ(seen, "ab");
}

TEST_P(StorageContract, ATransactionIsAllOrNothingAndInvisibleUntilItEnds) {
  auto writer = session("acme-corp"), reader = session("acme-corp");
  Status failed = writer->transaction([&]() -> Status {
    CHECK_OK(put(*writer, "a", ""));
    EXPECT_EQ(count(*writer), 1);
    EXPECT_EQ(count(*reader), 0);
    return fail(ErrorCode::kInvalid, "test.no", "no");
  });
  EXPECT_EQ(failed.error().reason, "test.no");
  EXPECT_EQ(count(*reader), 0);
  EXPECT_TRUE(writer->transaction([&]() -> Status {
    CHECK_OK(put(*writer, "a", ""));
    return {};
  }));
  EXPECT_EQ(count(*reader), 1);
}

TEST_P(StorageContract, ADuplicateIsAConflict) {
  auto acme = session("acme-corp");
  ASSERT_TRUE(put(*acme, "a", ""));
  Error error = put(*acme, "a", "").error();
  EXPECT_EQ(error.code, ErrorCode::kConflict);
  EXPECT_EQ(error.reason, "storage.unique");
}

TEST_P(StorageContract, WritersOfManyThreadsAndTenantsLoseNothing) {
  constexpr int kThreads = 4, kTenants = 3, kWrites = 25;
  std::atomic<int> failures = 0;
  auto work = [&](int thread) {
    for (int i = 0; i < kWrites; ++i) {
      auto own = session("tenant-" + std::to_string(i % kTenants));
      if (!put(*own, std::to_string(thread) + "-" + std::to_string(i), "x")) ++failures;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) threads.emplace_back(work, thread);
  }
  EXPECT_EQ(failures, 0);
  std::int64_t total = 0;
  for (int tenant = 0; tenant < kTenants; ++tenant)
    total += count(*session("tenant-" + std::to_string(tenant)));
  EXPECT_EQ(total, kThreads * kWrites);
}

TEST_P(StorageContract, ThePlatformStoreKeepsWhatItIsGiven) {
  ASSERT_TRUE(platform_->ping());
  Status failed = platform_->transaction([&]() -> Status {
    CHECK_OK(platform_->execute("INSERT INTO things VALUES (:name)", {{":name", "a"}}));
    return fail(ErrorCode::kInvalid, "test.no", "no");
  });
  EXPECT_EQ(failed.error().reason, "test.no");
  EXPECT_TRUE(platform_->query("SELECT name FROM things").value().empty());
  ASSERT_TRUE(platform_->execute("INSERT INTO things VALUES (:name)", {{":name", "a"}}));
  EXPECT_EQ(platform_->execute("INSERT INTO things VALUES (:name)", {{":name", "a"}}).error().reason,
            "storage.unique");
  platform_ = nullptr;
  platform_ = GetParam().platform_store(folder_.path());
  EXPECT_EQ(platform_->query("SELECT name FROM things").value().at(0).text(0), "a");
}

TEST_P(StorageContract, ThePlatformStoreServesManyThreads) {
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 5; ++i) {
          std::string name = std::to_string(thread) + "-" + std::to_string(i);
          EXPECT_TRUE(platform_->transaction([&]() -> Status {
            CHECK_OK(platform_->execute("INSERT INTO things VALUES (:name)", {{":name", name}}));
            return {};
          }));
        }
      });
    }
  }
  EXPECT_EQ(platform_->query("SELECT count(*) FROM things").value()[0].integer(0), 20);
}

INSTANTIATE_TEST_SUITE_P(Adapters, StorageContract,
                         testing::Values(sqlite("sqlite", 64), sqlite("sqlite_one_open_file", 1)),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace bailiwick::storage
