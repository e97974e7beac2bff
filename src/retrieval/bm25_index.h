// Bm25Index: an inverted index of passages, and their BM25 scores. In memory, exact under additions and
// removals.
//
// A passage is a slot: a small number that the caller maps to what it is. Slots of removed passages are used
// again. A posting is 32 bits: 24 of slot, 8 of frequency (BM25 is flat long before 255). Const members are
// safe from many threads at once; changes need the caller's lock.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace bailiwick::retrieval {

using Slot = std::uint32_t;

struct Bm25Parameters {
  double k1 = 0.9;  ///< how soon repetition stops to count
  double b = 0.4;   ///< how much length is held against a passage
};

/// What scores depend on beside the passage; sums over indexes that are searched together.
struct CorpusSize {
  std::uint64_t passages = 0;
  std::uint64_t terms = 0;

  double average_length() const {
    return passages == 0 ? 1 : static_cast<double>(terms) / static_cast<double>(passages);
  }
};

/// ln(1 + (N - n + ½) / (n + ½)): never negative.
double inverse_document_frequency(std::uint64_t passages, std::uint64_t with_term);

struct WeightedTerm {
  std::string_view term;
  double weight = 0;  ///< idf times the term's frequency in the query
};

/// One query's work space. Reused, it allocates nothing.
struct Scores {
  std::vector<float> by_slot;  ///< zero where nothing matched
  std::vector<Slot> matched;   ///< in no order, each once
};

class Bm25Index {
 public:
  static constexpr std::size_t kMostSlots = 1u << 24;

  /// Errors: kTooLarge `corpus.too_many_passages`.
  Result<Slot> add(std::span<const std::string> terms);
  /// `terms` are those that the slot was added with.
  void remove(Slot slot, std::span<const std::string> terms);

  CorpusSize size() const { return size_; }
  /// Slots are below this.
  std::size_t slot_limit() const { return lengths_.size(); }
  /// Number of passages that hold the term.
  std::size_t frequency(std::string_view term) const;
  void score(std::span<const WeightedTerm> query, const Bm25Parameters& parameters, const CorpusSize& whole,
             Scores& scores) const;
  /// An estimate of the memory held.
  std::size_t bytes() const { return bytes_; }

 private:
  using Postings = std::vector<std::uint32_t>;  // sorted; so by slot
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, Postings, Hash, std::equal_to<>> postings_;
  std::vector<std::uint32_t> lengths_;  // terms by slot
  std::vector<Slot> free_;
  CorpusSize size_;
  std::size_t bytes_ = 0;
};

}  // namespace bailiwick::retrieval
