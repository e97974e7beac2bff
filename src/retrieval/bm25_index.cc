#include "retrieval/bm25_index.h"

#include <algorithm>
#include <cmath>

namespace bailiwick::retrieval {
namespace {

constexpr std::uint32_t kFrequencyBits = 8;
constexpr std::uint32_t kMostFrequent = (1u << kFrequencyBits) - 1;
constexpr std::size_t kTermOverhead = 80;  // bytes of a map node, its key and an empty list

std::uint32_t posting(Slot slot, std::size_t frequency) {
  return slot << kFrequencyBits | static_cast<std::uint32_t>(std::min<std::size_t>(frequency, kMostFrequent));
}

/// Calls `visit(term, frequency)` once for each different term.
template <class Visit>
void each_distinct(std::span<const std::string> terms, Visit visit) {
  std::vector<std::string_view> sorted(terms.begin(), terms.end());
  std::ranges::sort(sorted);
  for (auto run = sorted.begin(); run != sorted.end();) {
    auto end = std::find_if(run, sorted.end(), [&](std::string_view term) { return term != *run; });
    visit(*run, static_cast<std::size_t>(end - run));
    run = end;
  }
}

}  // namespace

double inverse_document_frequency(std::uint64_t passages, std::uint64_t with_term) {
  double n = static_cast<double>(with_term);
  return std::log1p((static_cast<double>(passages) - n + 0.5) / (n + 0.5));
}

Result<Slot> Bm25Index::add(std::span<const std::string> terms) {
  Slot slot = static_cast<Slot>(lengths_.size());
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else if (lengths_.size() == kMostSlots) {
    return fail(ErrorCode::kTooLarge, "corpus.too_many_passages",
                "a collection holds at most 16,777,216 passages; use another collection");
  } else {
    lengths_.push_back(0);
  }
  lengths_[slot] = static_cast<std::uint32_t>(terms.size());
  each_distinct(terms, [&](std::string_view term, std::size_t frequency) {
    auto found = postings_.find(term);
    if (found == postings_.end()) {
      found = postings_.emplace(std::string(term), Postings()).first;
      bytes_ += kTermOverhead + term.size();
    }
    Postings& list = found->second;
    std::uint32_t entry = posting(slot, frequency);
    // Nearly always the end; elsewhere only when a slot is used again.
    list.insert(list.empty() || list.back() < entry ? list.end() : std::ranges::lower_bound(list, entry),
                entry);
    bytes_ += sizeof(entry);
  });
  size_.passages += 1;
  size_.terms += terms.size();
  return slot;
}

void Bm25Index::remove(Slot slot, std::span<const std::string> terms) {
  BW_CHECK(slot < lengths_.size() && lengths_[slot] == terms.size());
  each_distinct(terms, [&](std::string_view term, std::size_t frequency) {
    auto found = postings_.find(term);
    BW_CHECK(found != postings_.end());
    Postings& list = found->second;
    auto entry = std::ranges::lower_bound(list, posting(slot, frequency));
    BW_CHECK(entry != list.end() && *entry == posting(slot, frequency));
    list.erase(entry);
    bytes_ -= sizeof(std::uint32_t);
    if (list.empty()) {
      bytes_ -= kTermOverhead + term.size();
      postings_.erase(found);
    }
  });
  size_.passages -= 1;
  size_.terms -= terms.size();
  lengths_[slot] = 0;
  free_.push_back(slot);
}

std::size_t Bm25Index::frequency(std::string_view term) const {
  auto found = postings_.find(term);
  return found == postings_.end() ? 0 : found->second.size();
}

void Bm25Index::score(std::span<const WeightedTerm> query, const Bm25Parameters& parameters,
                      const CorpusSize& whole, Scores& scores) const {
  scores.by_slot.assign(lengths_.size(), 0);
  scores.matched.clear();
  const auto fixed = static_cast<float>(parameters.k1 * (1 - parameters.b));
  const auto by_length = static_cast<float>(parameters.k1 * parameters.b / whole.average_length());
  for (const WeightedTerm& wanted : query) {
    auto found = postings_.find(wanted.term);
    if (found == postings_.end()) continue;
    const auto weight = static_cast<float>(wanted.weight * (parameters.k1 + 1));
    for (std::uint32_t entry : found->second) {
      Slot slot = entry >> kFrequencyBits;
      auto frequency = static_cast<float>(entry & kMostFrequent);
      float& score = scores.by_slot[slot];
      if (score == 0) scores.matched.push_back(slot);
      score += weight * frequency / (frequency + fixed + by_length * static_cast<float>(lengths_[slot]));
    }
  }
}

}  // namespace bailiwick::retrieval
