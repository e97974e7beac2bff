// The built-in extractive answerer: the best sentences of the best passages, quoted and cited, or nothing.
//
// It invents no word: an answer is quotations and their numbers, `… valid for 72 hours. [1]`. It abstains
// when no sentence covers enough of what was asked.
#pragma once

#include "retrieval/retriever.h"

namespace bailiwick::retrieval {

/// What vouches for a part of an answer: bytes of a document, within one passage.
struct Citation {
  Hit hit;
  Span span;  ///< bytes of `hit.document->text`; the quote is exactly these

  std::string_view quote() const { return span.of(hit.document->text); }
};

struct Answer {
  std::string text;  ///< citations are numbered from 1: `[1]`
  bool abstained = true;
  std::vector<Citation> citations;  ///< in the order of their numbers
};

/// What is said when the documents do not hold an answer.
inline constexpr std::string_view kAbstention = "The documents do not answer this question.";

struct AnswerRules {
  std::size_t max_sentences = 3;
  double min_support =
      0.35;  ///< share of what was asked, terms by their weight, that a sentence must cover; else abstain
};

/// `hits` were found by `retriever` for `question`, best first.
Answer extract_answer(std::string_view question, std::span<const Hit> hits, const Retriever& retriever,
                      const std::optional<std::string>& collection, const AnswerRules& rules);

}  // namespace bailiwick::retrieval
