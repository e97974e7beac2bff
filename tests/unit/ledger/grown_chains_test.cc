// Who counts records is told of the chains that have grown, and of no others.
#include "ledger/grown_chains.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "ledger/chain_table.h"
#include "ledger/ledger.h"
#include "support/permit_maker.h"
#include "support/temp_folder.h"

namespace bailiwick::ledger {
namespace {

/// Grows chains without a journal.
class Grower {
 public:
  void grow(std::string_view name, std::uint64_t records) {
    Chain& chain = table_.get(name);
    MutexLock lock(chain.mutex);
    chain.head.sequence += records;
    chains.note(chain, records);
  }
  std::string take(Growth growth) {
    auto taken = chains.take(growth);
    return taken ? fmt::format("{} {}", taken->tenant, taken->head) : "";
  }

  GrownChains chains;

 private:
  ChainTable table_;
};

TEST(GrownChains, ComeOnceEachInTheOrderInWhichTheyBeganToGrow) {
  Grower grower;
  for (std::string_view name : {"acme-corp", "globex", "acme-corp", "initech"}) grower.grow(name, 1);
  EXPECT_EQ(grower.take(Growth::kLittle), "acme-corp 2");
  EXPECT_EQ(grower.take(Growth::kLittle), "globex 1");
  grower.grow("acme-corp", 1);
  EXPECT_EQ(grower.take(Growth::kLittle), "initech 1");
  EXPECT_EQ(grower.take(Growth::kLittle), "acme-corp 3") << "it has grown since it was taken";
  EXPECT_EQ(grower.take(Growth::kLittle), "");
  EXPECT_EQ(grower.chains.records(), 5u);
}

TEST(GrownChains, OnesThatHaveGrownByMuchNeedNotWaitForTheOthers) {
  Grower grower;
  grower.grow("globex", 1);
  grower.grow("acme-corp", 1);
  EXPECT_EQ(grower.take(Growth::kMuch), "");
  grower.grow("acme-corp", GrownChains::kMuch - 1);
  EXPECT_EQ(grower.take(Growth::kMuch), fmt::format("acme-corp {}", GrownChains::kMuch));
  EXPECT_EQ(grower.take(Growth::kLittle), "globex 1");
  EXPECT_EQ(grower.take(Growth::kLittle), "") << "one was taken already";
}

TEST(GrownChains, OneThatWasPutBackComesAgainWithWhatIsLeft) {
  Grower grower;
  grower.grow("acme-corp", 3 * GrownChains::kMuch);
  auto taken = grower.chains.take(Growth::kMuch);
  grower.chains.put_back(*taken, GrownChains::kMuch);
  taken = grower.chains.take(Growth::kMuch);
  ASSERT_TRUE(taken);
  grower.chains.put_back(*taken, (3 * GrownChains::kMuch) - 1);
  EXPECT_EQ(grower.take(Growth::kMuch), "");
  taken = grower.chains.take(Growth::kLittle);
  ASSERT_TRUE(taken);
  grower.chains.put_back(*taken, taken->head);
  EXPECT_EQ(grower.take(Growth::kLittle), "") << "nothing of it was left";
}

TEST(GrownChains, ALedgerNamesThoseOfTenantsAndAfterAStartAllOfThem) {
  testing_support::TempFolder folder;
  const SystemClock clock;
  auto open = [&] {
    return open_ledger({.folder = folder.path(), .segment_bytes = 64 << 10}, clock).value();
  };
  Record record;
  auto ledger = open();
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(
        ledger->append(testing_support::permit<tenancy::Action::kModelsChat>("acme-corp"), {&record, 1}));
  ASSERT_TRUE(ledger->append_budget("acme-corp", "2026-11", PicoDollars(1)));
  ASSERT_TRUE(ledger->append(testing_support::permit<tenancy::Action::kTenantsCreate>(), {&record, 1}));
  for (int start = 0; start < 2; ++start) {
    auto taken = ledger->grown_chains().take(Growth::kLittle);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->tenant, "acme-corp");
    EXPECT_EQ(taken->head, 3u);
    EXPECT_FALSE(ledger->grown_chains().take(Growth::kLittle)) << "nobody pays for the platform's";
    EXPECT_EQ(ledger->grown_chains().records(), 3u);
    ledger = nullptr;
    ledger = open();
  }
}

}  // namespace
}  // namespace bailiwick::ledger
