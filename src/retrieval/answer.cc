#include "retrieval/answer.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "retrieval/sentences.h"

namespace bailiwick::retrieval {
namespace {

constexpr double kContextWeight = 0.4;  // a sentence is read under its title and beside its neighbours
constexpr double kRankWeight = 0.25;    // a passage that ranks half as well costs its sentences half of this
constexpr double kNearBest = 0.75;      // further sentences must be nearly as good as the best

/// What is asked: its terms, each with its share of the whole; shares add up to 1.
class Asked {
 public:
  Asked(std::string_view question, const Retriever& retriever, const std::optional<std::string>& collection) {
    double whole = 0;
    for (std::string& term : distinct_terms_of(question)) {
      double weight = retriever.term_weight(term, collection);
      whole += weight;
      terms_.push_back({std::move(term), weight});
    }
    for (Term& term : terms_) term.share = whole > 0 ? term.share / whole : 0;
  }

  /// How much of the question `text` speaks of, 0 to 1; where it is silent, its context counts a little. A
  /// text that shares a single word with a longer question speaks of something else.
  double coverage(std::string_view text, std::span<const std::string> context) const {
    std::vector<std::string> held = distinct_terms_of(text);
    double sum = 0;
    std::size_t shared = 0;
    for (const Term& term : terms_) {
      bool own = std::ranges::binary_search(held, term.text);
      shared += own ? 1 : 0;
      if (own)
        sum += term.share;
      else if (std::ranges::binary_search(context, term.text))
        sum += kContextWeight * term.share;
    }
    return shared >= std::min<std::size_t>(2, terms_.size()) ? sum : 0;
  }

 private:
  struct Term {
    std::string text;
    double share;
  };
  std::vector<Term> terms_;
};

struct Scored {
  Citation citation;
  double support = 0;     ///< of the sentence, its surroundings helping a little
  double score = 0;       ///< support, and how well its passage ranks
  std::size_t order = 0;  ///< as found; decides between equals
};

bool says_more(const Scored& a, const Scored& b) {
  return a.score != b.score ? a.score > b.score : a.order < b.order;
}

/// Scores the sentences of a passage. Headings are no answer.
void score_passage(const Hit& hit, const Asked& asked, double best_score, std::vector<Scored>& out) {
  const std::string& text = hit.document->text;
  std::string surroundings = hit.document->title + "\n" + std::string(hit.text());
  std::vector<std::string> context = distinct_terms_of(surroundings);
  double rank = best_score > 0 ? hit.score / best_score : 1;
  std::size_t title =
      hit.span.start < hit.document->title_bytes ? hit.document->title_bytes - hit.span.start : 0;
  for (const Sentence& sentence : sentences_of(hit.text(), std::min(title, hit.span.size()))) {
    if (sentence.kind == SentenceKind::kHeading) continue;
    Span span{hit.span.start + sentence.span.start, hit.span.start + sentence.span.end};
    double support = asked.coverage(span.of(text), context);
    out.push_back({{hit, span}, support, support * (1 - kRankWeight + kRankWeight * rank), out.size()});
  }
}

/// One line, as a reader wants it: runs of space become one.
void append_flowing(std::string& out, std::string_view quote) {
  bool space = false;
  for (char c : quote) {
    bool is_space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!is_space || !space) out += is_space ? ' ' : c;
    space = is_space;
  }
}

}  // namespace

Answer extract_answer(std::string_view question, std::span<const Hit> hits, const Retriever& retriever,
                      const std::optional<std::string>& collection, const AnswerRules& rules) {
  Asked asked(question, retriever, collection);
  std::vector<Scored> sentences;
  for (const Hit& hit : hits) score_passage(hit, asked, hits.front().score, sentences);
  std::ranges::sort(sentences, says_more);

  Answer answer;
  std::set<std::string_view> said;  // overlapping passages and copies repeat sentences
  for (const Scored& sentence : sentences) {
    if (answer.citations.size() == rules.max_sentences) break;
    if (sentence.support < rules.min_support || sentence.score < kNearBest * sentences.front().score) break;
    if (!said.insert(sentence.citation.quote()).second) continue;
    answer.citations.push_back(sentence.citation);
    if (!answer.text.empty()) answer.text += ' ';
    append_flowing(answer.text, sentence.citation.quote());
    answer.text += " [" + std::to_string(answer.citations.size()) + "]";
  }
  answer.abstained = answer.citations.empty();
  if (answer.abstained) answer.text = kAbstention;
  return answer;
}

}  // namespace bailiwick::retrieval
