// Retriever: the seam between a question and the passages that may answer it.
#pragma once

#include <optional>
#include <vector>

#include "retrieval/bm25_index.h"
#include "retrieval/chunker.h"
#include "retrieval/filter.h"

namespace bailiwick::retrieval {

enum class Grouping {
  kChunk,     ///< every passage stands for itself
  kDocument,  ///< the best passage of each document
};

struct Query {
  std::string text;
  std::size_t top_k = 10;
  std::optional<std::string> collection;  ///< absent = all of the tenant's
  Filter filter;
  Grouping grouping = Grouping::kChunk;
  Bm25Parameters ranking;
  TrustRules trust;
  WallTime now{};  ///< for the freshness in trust
};

/// A passage that was found. Stays valid when its document is removed.
struct Hit {
  DocumentPtr document;
  Span span;  ///< bytes of `document->text`
  double score = 0;
  double trust = 0;

  std::string_view text() const { return span.of(document->text); }
  std::string id() const { return chunk_id(*document, span); }
};

class Retriever {
 public:
  virtual ~Retriever() = default;
  /// Best first; equal scores in order of collection, document id and place, so the same question on the same
  /// documents gets the same answer. Safe from many threads at once.
  virtual std::vector<Hit> retrieve(const Query& query) const = 0;
  /// How telling a term is among these documents; highest for one that none holds.
  virtual double term_weight(std::string_view term, const std::optional<std::string>& collection) const = 0;
};

}  // namespace bailiwick::retrieval
