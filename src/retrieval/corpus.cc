#include "retrieval/corpus.h"

#include <algorithm>
#include <tuple>

namespace bailiwick::retrieval {
namespace {

CorpusSize total(std::span<const Bm25Index* const> indexes) {
  CorpusSize size;
  for (const Bm25Index* index : indexes) {
    size.passages += index->size().passages;
    size.terms += index->size().terms;
  }
  return size;
}

std::uint64_t frequency(std::span<const Bm25Index* const> indexes, std::string_view term) {
  std::uint64_t count = 0;
  for (const Bm25Index* index : indexes) count += index->frequency(term);
  return count;
}

/// The query's terms, each once, in a fixed order so that sums are the same on every run.
std::vector<WeightedTerm> weigh(std::vector<std::string>& terms, std::span<const Bm25Index* const> indexes,
                                const CorpusSize& size) {
  std::ranges::sort(terms);
  std::vector<WeightedTerm> query;
  for (const std::string& term : terms) {
    if (query.empty() || query.back().term != term) query.push_back({.term = term, .weight = 0});
    query.back().weight += inverse_document_frequency(size.passages, frequency(indexes, term));
  }
  return query;
}

/// What passes, before it is known to be among the best.
struct Candidate {
  const DocumentPtr* document;
  Span span;
  float score;

  bool better_than(const Candidate& other) const {
    if (score != other.score) return score > other.score;
    const Document &a = **document, &b = **other.document;
    return std::tie(a.collection, a.id, span.start) < std::tie(b.collection, b.id, other.span.start);
  }
};
bool better(const Candidate& a, const Candidate& b) {
  return a.better_than(b);
}

/// Filter and trust, asked once per document.
class Gate {
 public:
  explicit Gate(const Query& query) : query_(query) {
    open_ = query.filter.empty() && query.trust.min_score <= 0 && !query.trust.signature_required;
  }
  bool passes(const DocumentPtr& document) {
    if (open_) return true;
    auto [known, added] = known_.try_emplace(document.get(), false);
    if (added) known->second = decide(*document);
    return known->second;
  }

 private:
  bool decide(const Document& document) const {
    const TrustRules& rules = query_.trust;
    if (rules.signature_required && document.provenance.signature != Signature::kVerified) return false;
    if (!query_.filter.matches(document.metadata)) return false;
    return rules.min_score <= 0 || trust_score(document.provenance, rules, query_.now) >= rules.min_score;
  }
  const Query& query_;
  bool open_ = false;
  std::unordered_map<const Document*, bool> known_;
};

/// Keeps the best of each document.
void group_by_document(std::vector<Candidate>& candidates) {
  std::unordered_map<const Document*, std::size_t> place;
  std::vector<Candidate> best;
  for (const Candidate& candidate : candidates) {
    auto [known, added] = place.try_emplace(candidate.document->get(), best.size());
    if (added)
      best.push_back(candidate);
    else if (candidate.better_than(best[known->second]))
      best[known->second] = candidate;
  }
  candidates = std::move(best);
}

}  // namespace

PreparedDocument prepare(DocumentPtr document, const ChunkLimits& limits) {
  PreparedDocument prepared{.document = std::move(document), .chunks = {}};
  const std::string& text = prepared.document->text;
  for (Span span : chunks_of(*prepared.document, limits)) {
    prepared.chunks.push_back({span, terms_of(span.of(text))});
  }
  return prepared;
}

Status Corpus::add(const PreparedDocument& prepared) {
  const Document& document = *prepared.document;
  remove(document.collection, document.id);
  Collection& collection = collections_[document.collection];
  std::vector<Slot> slots;
  for (const PreparedDocument::Chunk& chunk : prepared.chunks) {
    auto slot = collection.index.add(chunk.terms);
    if (!slot) {
      drop(collection, slots);
      return std::unexpected(slot.error());
    }
    if (collection.passages.size() <= *slot) collection.passages.resize(*slot + 1);
    collection.passages[*slot] = {prepared.document, chunk.span};
    slots.push_back(*slot);
  }
  collection.documents.emplace(document.id, std::move(slots));
  collection.text_bytes += document.text.size();
  return {};
}

void Corpus::drop(Collection& collection, const std::vector<Slot>& slots) {
  for (Slot slot : slots) {
    Passage& passage = collection.passages[slot];
    collection.index.remove(slot, terms_of(passage.span.of(passage.document->text)));
    passage = {};
  }
}

bool Corpus::remove(std::string_view collection_name, std::string_view document_id) {
  auto collection = collections_.find(collection_name);
  if (collection == collections_.end()) return false;
  auto document = collection->second.documents.find(document_id);
  if (document == collection->second.documents.end()) return false;
  if (!document->second.empty()) {
    collection->second.text_bytes -=
        collection->second.passages[document->second.front()].document->text.size();
  }
  drop(collection->second, document->second);
  collection->second.documents.erase(document);
  if (collection->second.documents.empty()) collections_.erase(collection);
  return true;
}

std::vector<const Corpus::Collection*> Corpus::searched(const std::optional<std::string>& name) const {
  std::vector<const Collection*> found;
  for (const auto& [key, collection] : collections_) {
    if (!name || key == *name) found.push_back(&collection);
  }
  return found;
}

std::vector<Hit> Corpus::retrieve(const Query& query) const {
  std::vector<const Collection*> collections = searched(query.collection);
  std::vector<const Bm25Index*> indexes;
  indexes.reserve(collections.size());
  for (const Collection* collection : collections) indexes.push_back(&collection->index);
  const CorpusSize size = total(indexes);
  std::vector<std::string> terms = terms_of(query.text);
  std::vector<WeightedTerm> weighted = weigh(terms, indexes, size);

  thread_local Scores scores;
  std::vector<Candidate> candidates;
  Gate gate(query);
  for (const Collection* collection : collections) {
    collection->index.score(weighted, query.ranking, size, scores);
    for (Slot slot : scores.matched) {
      const Passage& passage = collection->passages[slot];
      if (gate.passes(passage.document))
        candidates.push_back({&passage.document, passage.span, scores.by_slot[slot]});
    }
  }
  if (query.grouping == Grouping::kDocument) group_by_document(candidates);
  std::size_t wanted = std::min(query.top_k, candidates.size());
  std::ranges::partial_sort(candidates, candidates.begin() + static_cast<std::ptrdiff_t>(wanted), better);

  std::vector<Hit> hits;
  for (const Candidate& candidate : std::span(candidates).first(wanted)) {
    double trust = trust_score((*candidate.document)->provenance, query.trust, query.now);
    hits.push_back({*candidate.document, candidate.span, candidate.score, trust});
  }
  return hits;
}

double Corpus::term_weight(std::string_view term, const std::optional<std::string>& collection) const {
  std::vector<const Bm25Index*> indexes;
  for (const Collection* one : searched(collection)) indexes.push_back(&one->index);
  return inverse_document_frequency(total(indexes).passages, frequency(indexes, term));
}

std::size_t Corpus::documents() const {
  std::size_t count = 0;
  for (const auto& [name, collection] : collections_) count += collection.documents.size();
  return count;
}

std::size_t Corpus::chunks() const {
  std::size_t count = 0;
  for (const auto& [name, collection] : collections_) count += collection.index.size().passages;
  return count;
}

std::size_t Corpus::bytes() const {
  constexpr std::size_t kDocumentOverhead = 1024;  // ids, title, metadata, pointers
  std::size_t bytes = 0;
  for (const auto& [name, collection] : collections_) {
    bytes += collection.text_bytes + collection.index.bytes() + collection.passages.size() * sizeof(Passage) +
             collection.documents.size() * kDocumentOverhead;
  }
  return bytes;
}

}  // namespace bailiwick::retrieval
