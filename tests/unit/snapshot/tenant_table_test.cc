#include "snapshot/tenant_table.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "policy/rule_files.h"

namespace bailiwick::snapshot {
namespace {

SnapshotPtr tenant(std::string_view id, std::int64_t serial) {
  auto made = std::make_shared<TenantSnapshot>();
  made->tenant.id = tenancy::TenantId::parse(id).value();
  made->serial = serial;
  return made;
}

// Tenants are found by id and listed in order; a new snapshot takes the place of the old one.
TEST(TenantTable, PutsAndFinds) {
  TenantTable table;
  EXPECT_EQ(table.find("b"), nullptr);
  table.put(tenant("b", 1));
  table.put(tenant("a", 1));
  SnapshotPtr held = table.find("b");
  table.put(tenant("b", 2));
  EXPECT_EQ(held->serial, 1);
  EXPECT_EQ(table.find("b")->serial, 2);
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table.all().front()->id().view(), "a");
}

// Counted through every change: beginning and end of a tenant's end, a rollout, and what changes neither.
TEST(TenantTable, CountsTheTenantsInMotion) {
  TenantTable table;
  auto before =
      policy::Rules::compile(policy::read_rules({}, "", policy::RulesOf::kTenant)->operations).value();
  auto rollout = std::make_shared<const Rollout>(before, nullptr, "old", RolloutPolicy{}, RolloutState{});
  auto put = [&](std::string_view id, TenantStatus status, bool rolls_out = false) {
    auto next = std::make_shared<TenantSnapshot>(*tenant(id, 1));
    next->lifecycle.status = status;
    if (rolls_out) next->rollout = rollout;
    table.put(next);
    return table.in_motion();
  };
  EXPECT_EQ(put("a", TenantStatus::kActive), 0);
  EXPECT_EQ(put("b", TenantStatus::kTerminating), 1);
  EXPECT_EQ(put("a", TenantStatus::kActive, true), 2);
  EXPECT_EQ(put("a", TenantStatus::kTerminating, true), 2);
  EXPECT_EQ(put("a", TenantStatus::kSuspended), 1);
  EXPECT_EQ(put("b", TenantStatus::kTerminating), 1);
  EXPECT_EQ(put("b", TenantStatus::kArchived), 0);
}

// Readers see whole snapshots whose serials only grow while writers replace them.
TEST(TenantTable, ReadersSeeSerialsGrow) {
  TenantTable table;
  table.put(tenant("a", 0));
  std::atomic<bool> stop{false};
  std::atomic<int> backwards{0};
  std::thread reader([&] {
    for (std::int64_t last = 0; !stop.load();) {
      std::int64_t serial = table.find("a")->serial;
      if (serial < last) ++backwards;
      last = serial;
    }
  });
  for (std::int64_t serial = 1; serial <= 2000; ++serial) {
    table.put(tenant("a", serial));
    if (serial % 100 == 0) table.put(tenant("t" + std::to_string(serial), 1));
  }
  stop = true;
  reader.join();
  EXPECT_EQ(backwards.load(), 0);
  EXPECT_EQ(table.size(), 21u);
}

}  // namespace
}  // namespace bailiwick::snapshot
