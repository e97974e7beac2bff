#include "tenancy/footprint.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace bailiwick::tenancy {
namespace {

using Part = Footprint::Part;

struct alignas(64) Line {
  char bytes[64];
};

// What is noted is counted in lines of the cache, begun ones included, and the latest note holds.
TEST(Footprint, NotesLines) {
  std::vector<Line> memory(80);
  Footprint footprint;
  EXPECT_EQ(footprint.lines(Part::kPlan), 0u);
  footprint.note(Part::kPlan, memory[0]);
  EXPECT_EQ(footprint.lines(Part::kPlan), 1u);
  footprint.note(Part::kPlan, memory[0].bytes + 60, 8);
  EXPECT_EQ(footprint.lines(Part::kPlan), 2u);
  footprint.note(Part::kPlan, memory[3].bytes + 1, 64 * 5);
  EXPECT_EQ(footprint.lines(Part::kPlan), 6u);
  EXPECT_EQ(footprint.lines(Part::kKey), 0u);
  footprint.note(Part::kKey, memory.data(), sizeof(Line) * memory.size());
  EXPECT_EQ(footprint.lines(Part::kKey), 63u);
}

// Addresses of what is gone, and of nothing at all, do no harm.
TEST(Footprint, FetchesWhateverItKnows) {
  Footprint footprint;
  footprint.fetch(Part::kTenant, Part::kSum);
  footprint.note(Part::kTenant, nullptr, 640);
  auto gone = std::make_unique<Line>();
  footprint.note(Part::kSum, *gone);
  gone.reset();
  footprint.note(Part::kChain, reinterpret_cast<const void*>(~std::uintptr_t{0} - 100), 100);
  footprint.fetch(Part::kTenant, Part::kSum);
}

TEST(Footprint, ManyThreadsNoteAndFetch) {
  std::vector<Line> memory(8);
  Footprint footprint;
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int turn = 0; turn < 1000; ++turn) {
        footprint.note(Part::kLevel, &memory[i], 64 * (i + 1));
        footprint.fetch(Part::kTenant, Part::kSum);
      }
    });
  }
  threads.clear();
  EXPECT_GE(footprint.lines(Part::kLevel), 1u);
  EXPECT_LE(footprint.lines(Part::kLevel), 4u);
}

}  // namespace
}  // namespace bailiwick::tenancy
