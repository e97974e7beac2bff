// Sentences of a text: where a quotation may begin and end.
//
// Knows prose, hard-wrapped lines and the marks of Markdown (headings, lists, quotes, table rows, fences). A
// sentence never includes the mark or the space before it. Abbreviations and initials do not end a sentence.
// Pure.
#pragma once

#include "retrieval/words.h"

namespace bailiwick::retrieval {

enum class SentenceKind {
  kProse,
  kHeading,  ///< names what follows; says nothing by itself
};

struct Sentence {
  Span span;
  SentenceKind kind = SentenceKind::kProse;
};

/// In order, not overlapping; every word of `text` but the numbers of lists is in exactly one.
/// The first `heading_bytes` bytes, if any, are one heading: a title that stands before the text.
std::vector<Sentence> sentences_of(std::string_view text, std::size_t heading_bytes = 0);

}  // namespace bailiwick::retrieval
