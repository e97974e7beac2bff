// Corpus: the documents of one tenant in memory, cut, indexed and ready to be searched.
//
// One index per collection; a query over several collections weighs terms as if they were one. Const members
// are safe from many threads at once; `add` and `remove` need the caller's lock.
#pragma once

#include <map>
#include <span>

#include "retrieval/retriever.h"

namespace bailiwick::retrieval {

/// A document after the costly part of adding it, which needs no lock.
struct PreparedDocument {
  struct Chunk {
    Span span;
    std::vector<std::string> terms;
  };
  DocumentPtr document;
  std::vector<Chunk> chunks;
};
PreparedDocument prepare(DocumentPtr document, const ChunkLimits& limits);

class Corpus final : public Retriever {
 public:
  explicit Corpus(const ChunkLimits& limits) : limits_(limits) {}

  const ChunkLimits& limits() const { return limits_; }
  /// Takes the place of a document with the same collection and id. `prepared` was cut by `limits()`.
  /// Errors: kTooLarge; the document is then absent.
  Status add(const PreparedDocument& prepared);
  /// False when there is none.
  bool remove(std::string_view collection, std::string_view document_id);

  std::vector<Hit> retrieve(const Query& query) const override;
  double term_weight(std::string_view term, const std::optional<std::string>& collection) const override;

  std::size_t documents() const;
  std::size_t chunks() const;
  /// An estimate of the memory held.
  std::size_t bytes() const;

 private:
  struct Passage {
    DocumentPtr document;
    Span span;
  };
  struct Collection {
    Bm25Index index;
    std::vector<Passage> passages;  // by slot
    std::map<std::string, std::vector<Slot>, std::less<>> documents;
    std::size_t text_bytes = 0;
  };
  std::vector<const Collection*> searched(const std::optional<std::string>& name) const;
  void drop(Collection& collection, const std::vector<Slot>& slots);

  ChunkLimits limits_;
  std::map<std::string, Collection, std::less<>> collections_;
};

}  // namespace bailiwick::retrieval
