// Chunker: cuts a document into passages of whole sentences, each small enough to be shown and cited.
//
// A chunk is named after what it is: collection, document, content and byte range. The same document cut by
// the same limits has the same chunk ids everywhere and always.
#pragma once

#include <vector>

#include "retrieval/document.h"
#include "retrieval/words.h"

namespace bailiwick::retrieval {

struct ChunkLimits {
  std::size_t max_words = 180;
  std::size_t overlap_words = 30;  ///< whole sentences repeated from the chunk before, up to so many words

  friend bool operator==(const ChunkLimits&, const ChunkLimits&) = default;
};

/// In order, covering every sentence. A sentence longer than a chunk is cut between words. Headings stay with
/// what they head.
std::vector<Span> chunks_of(const Document& document, const ChunkLimits& limits);

/// `chk_` and 24 hex digits.
std::string chunk_id(const Document& document, Span span);

}  // namespace bailiwick::retrieval
