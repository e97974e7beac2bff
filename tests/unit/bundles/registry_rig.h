// RegistryRig: a TenantRegistry over a real platform store, with a ledger that can be read and made to fail.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "bundles/registry.h"
#include "bundles/source_folder.h"
#include "storage/sqlite/sqlite_store.h"
#include "support/permit_maker.h"
#include "support/temp_folder.h"

namespace bailiwick::bundles {

class FakeLedger final : public ledger::Ledger {
 public:
  Status append_budget(std::string_view, std::string_view, PicoDollars) override { return {}; }
  Status append_budget_alert(std::string_view, std::string_view, int, PicoDollars, PicoDollars) override {
    return {};
  }
  Status each_budget(
      const std::function<void(std::string_view, std::string_view, PicoDollars)>& visit) const override {
    for (const auto& [tenant, grant] : grants) visit(tenant, grant.window, grant.granted);
    return {};
  }
  void when_on_disk(std::move_only_function<void(Status)> told) override { told({}); }
  std::chrono::milliseconds sync_lag() const override { return {}; }
  Status close() override { return {}; }

  std::vector<std::pair<std::string, ledger::Record>> records;  ///< chain and record
  std::vector<std::pair<std::string, BudgetGrant>> grants;
  bool full = false;

 protected:
  Status write(std::string_view chain, std::span<const ledger::Record> batch, Durability durability,
               tenancy::Footprint*) override {
    if (full) return fail(ErrorCode::kUnavailable, "ledger.full", "the ledger is full");
    EXPECT_EQ(durability, Durability::kDisk) << "changes of tenants wait for the disk";
    for (const ledger::Record& record : batch) records.emplace_back(chain, record);
    return {};
  }
  std::unique_ptr<ledger::ChainReader> open_reader(std::string_view) const override { return nullptr; }
};

class NoSlices final : public metering::SliceJournal {
 public:
  Status grant(std::string_view, std::string_view, PicoDollars) override { return {}; }
  void alert(const metering::BudgetAlert&) override {}
};

class RegistryTest : public testing::Test {
 protected:
  using Action = tenancy::Action;

  void SetUp() override {
    std::filesystem::create_directories(tenants_);
    auto opened =
        storage::open_sqlite_platform_store({.folder = temp_ / "data", .migrations = registry_migrations()});
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = std::move(*opened);
    restart();
  }

  /// A new process over the same store: the table and all counters are gone.
  void restart() {
    table_ = std::make_unique<snapshot::TenantTable>();
    TenantRegistry::Ports ports{*store_, ledger_, slices_, *table_, clock_, random_, sandbox_};
    registry_ = std::make_unique<TenantRegistry>(ports, std::make_unique<FolderSource>(tenants_), signing_);
    auto loaded = registry_->load();
    ASSERT_TRUE(loaded) << loaded.error().message;
  }

  void put(const std::string& tenant, const std::string& file, std::string_view text) {
    std::filesystem::path path = tenants_ / tenant / file;
    std::filesystem::create_directories(path.parent_path());
    ASSERT_TRUE(write_file_atomically(path, text));
  }
  void put_acme(std::string_view more = "") {
    put("acme-corp", "tenant.yaml",
        "id: acme-corp\nname: Acme\nquotas: {max_requests_per_minute: 5}\n" + std::string(more));
  }

  template <Action A>
  static tenancy::Permit<A> permit(std::string_view tenant = "acme-corp") {
    return testing_support::permit<A>(tenant);
  }
  /// A permit of the platform admin for a tenant's management.
  template <Action A>
  static tenancy::Permit<A> admin_permit(std::string_view tenant = "acme-corp") {
    auto admin = std::make_shared<tenancy::Principal>();
    admin->subject = "token:tok_admin";
    return tenancy::Permit<A>(testing_support::PermitMaker::badge(),
                              testing_support::PermitMaker::scope(tenant), std::move(admin), "rev-test");
  }

  /// `tenant=outcome …` of one reload.
  std::string reload() {
    auto report = registry_->reload(permit<Action::kBundlesReload>());
    if (!report) return report.error().reason;
    last_report_ = *report;
    std::string line;
    for (const TenantReload& tenant : report->tenants) {
      line += (line.empty() ? "" : " ") + tenant.tenant + "=" + std::string(name_of(tenant.outcome));
    }
    return line;
  }

  snapshot::TenantDeclaration declaration(std::string_view id, std::string_view name) {
    snapshot::TenantDeclaration made;
    made.id = tenancy::TenantId::parse(id).value();
    made.name = name;
    return made;
  }
  snapshot::SnapshotPtr find(std::string_view tenant = "acme-corp") const { return table_->find(tenant); }
  std::int64_t version(std::string_view tenant = "acme-corp") const {
    return find(tenant)->lifecycle.version;
  }

  testing_support::TempFolder temp_;
  std::filesystem::path tenants_ = temp_ / "tenants";
  ManualClock clock_{parse_rfc3339("2026-11-25T12:00:00Z").value()};
  SeededRandom random_{7};
  FakeLedger ledger_;
  NoSlices slices_;
  InProcessSandbox sandbox_;
  SigningPolicy signing_;  ///< of the next restart()
  std::unique_ptr<storage::PlatformStore> store_;
  std::unique_ptr<snapshot::TenantTable> table_;
  std::unique_ptr<TenantRegistry> registry_;
  ReloadReport last_report_;
};

}  // namespace bailiwick::bundles
