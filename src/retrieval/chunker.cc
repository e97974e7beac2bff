#include "retrieval/chunker.h"

#include "crypto/hash.h"
#include "retrieval/sentences.h"

namespace bailiwick::retrieval {
namespace {

/// A sentence, or a part of one that is too long.
struct Piece {
  Span span;
  std::size_t words = 0;
  SentenceKind kind = SentenceKind::kProse;
};

/// A heading begins with its mark: without it, the chunk's first line would read as prose.
Span with_mark(std::string_view text, const Sentence& sentence) {
  Span span = sentence.span;
  while (sentence.kind == SentenceKind::kHeading && span.start > 0 && text[span.start - 1] != '\n')
    --span.start;
  return span;
}

std::vector<Piece> pieces_of(const Document& document, std::size_t max_words) {
  std::vector<Piece> pieces;
  for (const Sentence& sentence : sentences_of(document.text, document.title_bytes)) {
    Span whole = with_mark(document.text, sentence);
    std::vector<Span> words = words_of(whole.of(document.text));
    std::size_t base = whole.start, start = base;
    for (std::size_t first = 0; first + max_words < words.size(); first += max_words) {
      std::size_t end = base + words[first + max_words - 1].end;
      pieces.push_back({{start, end}, max_words, sentence.kind});
      start = base + words[first + max_words].start;
    }
    std::size_t rest = words.empty() ? 0 : (words.size() - 1) % max_words + 1;
    pieces.push_back({{start, whole.end}, rest, sentence.kind});
  }
  return pieces;
}

/// One past the last piece of a chunk that begins at `first`.
std::size_t last_fitting(const std::vector<Piece>& pieces, std::size_t first, std::size_t max_words) {
  std::size_t words = 0, end = first;
  while (end < pieces.size() && (end == first || words + pieces[end].words <= max_words))
    words += pieces[end++].words;
  std::size_t whole = end;
  while (end < pieces.size() && whole > first + 1 && pieces[whole - 1].kind == SentenceKind::kHeading)
    --whole;
  return pieces[whole - 1].kind == SentenceKind::kHeading ? end : whole;
}

/// Where the chunk after [first, end) begins: some sentences back, never a heading, always further than
/// `first`.
std::size_t next_start(const std::vector<Piece>& pieces, std::size_t first, std::size_t end,
                       std::size_t overlap) {
  std::size_t start = end;
  std::size_t words = 0;
  while (start > first + 1 && pieces[start - 1].kind == SentenceKind::kProse &&
         words + pieces[start - 1].words <= overlap) {
    words += pieces[--start].words;
  }
  return start;
}

}  // namespace

std::vector<Span> chunks_of(const Document& document, const ChunkLimits& limits) {
  std::size_t max_words = std::max<std::size_t>(limits.max_words, 1);
  std::size_t overlap = std::min(limits.overlap_words, max_words / 2);
  std::vector<Piece> pieces = pieces_of(document, max_words);
  std::vector<Span> chunks;
  for (std::size_t first = 0; first < pieces.size();) {
    std::size_t end = last_fitting(pieces, first, max_words);
    chunks.push_back({pieces[first].span.start, pieces[end - 1].span.end});
    if (end == pieces.size()) break;
    first = next_start(pieces, first, end, overlap);
  }
  return chunks;
}

std::string chunk_id(const Document& document, Span span) {
  constexpr std::string_view kSeparator("\0", 1);  // stands in no id
  crypto::Sha256 hash;
  hash.update(document.collection).update(kSeparator).update(document.id).update(kSeparator);
  hash.update(document.sha256).update(kSeparator);
  hash.update(std::to_string(span.start)).update(kSeparator).update(std::to_string(span.end));
  return "chk_" + crypto::to_hex(hash.finish()).substr(0, 24);
}

}  // namespace bailiwick::retrieval
