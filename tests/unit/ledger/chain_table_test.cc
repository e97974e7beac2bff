// Memory holds where the frames of the journal's open segments stand, and of sealed ones only where to look.
#include "ledger/chain_table.h"

#include <gtest/gtest.h>

namespace bailiwick::ledger {
namespace {

TEST(ChainTable, LetsGoOfTheTablesOfASealedSegment) {
  constexpr std::uint32_t kFrames = 100'000;
  ChainTable table;
  Chain& chain = table.get("acme-corp");
  SegmentIndex index{.segment = 1, .end = 0, .chains = {}, .grants = {}};
  {
    MutexLock lock(chain.mutex);
    for (std::uint32_t i = 1; i <= kFrames; ++i) chain.add(1, i, {i, {}}, WallTime());
    EXPECT_GE(chain.stretches.at(0).frames.capacity(), kFrames);
    index.chains.emplace_back("acme-corp", chain.stretches.at(0));
  }
  table.release_tables(index);
  MutexLock lock(chain.mutex);
  EXPECT_EQ(chain.stretches.at(0).frames.capacity(), 0u) << "else every record ever written stays in memory";
  EXPECT_EQ(chain.stretches.at(0).frame_count, kFrames);
  EXPECT_EQ(chain.head.sequence, kFrames);
}

}  // namespace
}  // namespace bailiwick::ledger
