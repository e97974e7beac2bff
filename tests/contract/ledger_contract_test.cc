// What every ledger promises, whatever keeps it. An adapter joins with one factory.
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "ledger/verify.h"
#include "support/permit_maker.h"
#include "support/temp_folder.h"

namespace bailiwick::ledger {
namespace {

using tenancy::Action;
using testing_support::permit;

const ManualClock kClock(WallTime(std::chrono::seconds(1'764'072'000)));

/// How to open one kind of ledger below a folder. Opening it twice, one after the other, opens the same
/// records.
struct Adapter {
  std::string name;
  std::function<std::unique_ptr<Ledger>(const std::filesystem::path&)> open;
};

Adapter journal(std::string name, std::size_t segment_bytes) {
  return {std::move(name), [=](const std::filesystem::path& folder) {
            return open_ledger({.folder = folder / "ledger", .segment_bytes = segment_bytes}, kClock).value();
          }};
}

std::string export_of(const Ledger& ledger, std::string_view tenant, std::uint64_t from = 1) {
  std::string lines;
  auto reader = ledger.reader(permit<Action::kLedgerRead>(tenant));
  Status read = reader->each(from, [&](const Entry& entry) {
    lines += to_export_line(entry) + "\n";
    return true;
  });
  if (!read) throw std::runtime_error(read.error().message);
  return lines;
}

VerifyReport verify(const std::string& lines, const std::optional<Checkpoint>& checkpoint = std::nullopt) {
  std::istringstream in(lines);
  return verify_export(in, checkpoint).value();
}

class LedgerContract : public testing::TestWithParam<Adapter> {
 protected:
  void append(std::string_view tenant, std::string_view text) {
    Record record;
    record.resource = std::string(text);
    ASSERT_TRUE(ledger_->append(permit<Action::kModelsChat>(tenant), {&record, 1}));
  }
  void reopen() {
    ledger_ = nullptr;
    ledger_ = GetParam().open(folder_.path());
  }
  testing_support::TempFolder folder_;
  std::unique_ptr<Ledger> ledger_ = GetParam().open(folder_.path());
};

TEST_P(LedgerContract, AnEmptyChainIsEmpty) {
  EXPECT_EQ(export_of(*ledger_, "acme-corp"), "");
  EXPECT_EQ(ledger_->reader(permit<Action::kLedgerRead>("acme-corp"))->head().sequence, 0u);
}

TEST_P(LedgerContract, WhatWasAppendedAMomentAgoIsRead) {
  for (int i = 1; i <= 40; ++i) {
    append("acme-corp", fmt::format("canary-{}", i));
    std::string last = export_of(*ledger_, "acme-corp", static_cast<std::uint64_t>(i));
    EXPECT_NE(last.find(fmt::format("\"canary-{}\"", i)), std::string::npos);
  }
}

TEST_P(LedgerContract, AChainHoldsItsTenantAlone) {
  append("acme-corp", "canary-acme");
  append("beta-inc", "canary-beta");
  EXPECT_EQ(export_of(*ledger_, "acme-corp").find("beta"), std::string::npos);
  EXPECT_EQ(export_of(*ledger_, "beta-inc").find("acme"), std::string::npos);
}

TEST_P(LedgerContract, PlatformWorkAndItsDenialsStandInTheChainOfThePlatform) {
  Record record;
  ASSERT_TRUE(ledger_->append_durable(permit<Action::kTenantsCreate>(), {&record, 1}));
  auto badge = testing_support::PermitMaker::badge();
  auto acme = tenancy::TenantId::parse("acme-corp").value();
  ASSERT_TRUE(ledger_->append_denial(badge, nullptr, record));
  ASSERT_TRUE(ledger_->append_denial(badge, &acme, record));
  EXPECT_EQ(ledger_->reader(permit<Action::kLedgerRead>("acme-corp"))->head().sequence, 1u);
}

TEST_P(LedgerContract, ChainsAndGrantsOutliveTheLedger) {
  for (int i = 0; i < 100; ++i) append("acme-corp", "before");
  ASSERT_TRUE(ledger_->append_budget("acme-corp", "day:2026-11-25", PicoDollars::dollars(3)));
  Head head = ledger_->reader(permit<Action::kLedgerRead>("acme-corp"))->head();
  reopen();
  EXPECT_EQ(ledger_->reader(permit<Action::kLedgerRead>("acme-corp"))->head().hash, head.hash);
  append("acme-corp", "after");
  VerifyReport report = verify(export_of(*ledger_, "acme-corp"), Checkpoint{"acme-corp", 101, head.hash, ""});
  EXPECT_TRUE(report.problems.empty()) << to_string(report.problems);
  EXPECT_EQ(report.records, 102u);
  EXPECT_EQ(report.anchored_through, 101u);
  int grants = 0;
  ASSERT_TRUE(ledger_->each_budget([&](auto tenant, auto window, PicoDollars granted) {
    EXPECT_EQ(tenant, "acme-corp");
    EXPECT_EQ(window, "day:2026-11-25");
    EXPECT_EQ(granted, PicoDollars::dollars(3));
    ++grants;
  }));
  EXPECT_EQ(grants, 1);
}

/// Appends of some records each, to one of three chains.
using Appends = std::vector<std::pair<int, std::vector<std::string>>>;

Appends any_appends() {
  auto texts = rc::gen::resize(6, rc::gen::arbitrary<std::vector<std::string>>());
  return *rc::gen::resize(20, rc::gen::container<Appends>(rc::gen::pair(rc::gen::inRange(0, 3), texts)));
}

TEST_P(LedgerContract, AnySequenceOfAppendsVerifiesInThisLifeAndTheNext) {
  // One ledger takes every sequence in turn, so that its chains grow over many restarts.
  std::map<std::string, std::uint64_t> expected;
  EXPECT_TRUE(rc::check([&] {
    for (const auto& [chain, texts] : any_appends()) {
      std::string tenant = fmt::format("tenant-{}", chain);
      std::vector<Record> records(texts.size());
      for (std::size_t i = 0; i < texts.size(); ++i) records[i].reason = texts[i];
      RC_ASSERT(ledger_->append(permit<Action::kAsk>(tenant), records).has_value());
      expected[tenant] += records.size();
    }
    if (*rc::gen::inRange(0, 4) == 0) reopen();
  }));
  for (const auto& [tenant, count] : expected) {
    VerifyReport report = verify(export_of(*ledger_, tenant));
    EXPECT_TRUE(report.problems.empty()) << to_string(report.problems);
    EXPECT_EQ(report.records, count);
  }
}

INSTANTIATE_TEST_SUITE_P(Adapters, LedgerContract,
                         testing::Values(journal("journal", 1 << 20),
                                         journal("journal_of_small_segments", 64 << 10)),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace bailiwick::ledger
