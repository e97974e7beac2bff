// Scores are BM25's to the last digit, and an index that documents came into and left is one that never held
// them.
#include "retrieval/bm25_index.h"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::retrieval {
namespace {

using Terms = std::vector<std::string>;

Scores score(const Bm25Index& index, std::string_view term, const Bm25Parameters& parameters = {}) {
  Scores scores;
  double idf = inverse_document_frequency(index.size().passages, index.frequency(term));
  std::vector<WeightedTerm> query{{term, idf}};
  index.score(query, parameters, index.size(), scores);
  return scores;
}

TEST(Bm25, FollowsTheFormula) {
  Bm25Index index;
  Slot first = index.add(Terms{"a", "a", "b"}).value();
  ASSERT_TRUE(index.add(Terms{"b"}));
  const double k1 = 1.2, b = 0.75;
  double idf = std::log(1 + (2 - 1 + 0.5) / (1 + 0.5));
  double want = idf * 2 * (k1 + 1) / (2 + k1 * (1 - b + b * 3 / 2.0));
  Scores scores = score(index, "a", {.k1 = k1, .b = b});
  EXPECT_NEAR(scores.by_slot[first], want, 1e-5);
  EXPECT_EQ(scores.matched, std::vector<Slot>{first});
  EXPECT_TRUE(score(index, "absent").matched.empty());
}

TEST(Bm25, CountsAVeryFrequentTermAsFarAsItMatters) {
  Bm25Index index;
  Slot slot = index.add(Terms(1000, "a")).value();
  EXPECT_GT(score(index, "a").by_slot[slot], 0);
  index.remove(slot, Terms(1000, "a"));
  EXPECT_EQ(index.frequency("a"), 0u);
}

TEST(Bm25, RemovingWhatWasNotAddedIsABrokenInvariant) {
  Bm25Index index;
  Slot slot = index.add(Terms{"a"}).value();
  EXPECT_THROW(index.remove(slot, Terms{"b"}), InvariantViolation);
}

RC_GTEST_PROP(Bm25, ForgetsWhatWasRemoved, ()) {
  auto word = rc::gen::element<std::string>("a", "b", "c", "d", "e");
  auto passages = *rc::gen::container<std::vector<Terms>>(rc::gen::container<Terms>(word));
  Bm25Index index, fresh;
  std::vector<std::pair<Slot, Terms>> held;
  for (const Terms& passage : passages) {
    if (!held.empty() && *rc::gen::inRange(0, 3) == 0) {
      std::size_t at = *rc::gen::inRange<std::size_t>(0, held.size());
      index.remove(held[at].first, held[at].second);
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(at));
    }
    held.emplace_back(index.add(passage).value(), passage);
  }
  for (const auto& [slot, terms] : held) RC_ASSERT(fresh.add(terms).has_value());
  RC_ASSERT(index.size().terms == fresh.size().terms);
  RC_ASSERT(index.bytes() == fresh.bytes());
  for (const char* term : {"a", "b", "c", "d", "e"}) {
    RC_ASSERT(index.frequency(term) == fresh.frequency(term));
    Scores a = score(index, term), b = score(fresh, term);
    for (std::size_t i = 0; i < held.size(); ++i) RC_ASSERT(a.by_slot[held[i].first] == b.by_slot[i]);
  }
}

}  // namespace
}  // namespace bailiwick::retrieval
