// What a model is asked, and what is made of what it says.
//
// Passages are data: each stands between marks that hold the question's own unguessable id, so no passage can
// end its frame and speak as the instructions do. An answer counts only as far as it cites: numbers that name
// no passage are taken out, and an answer without any is an abstention.
#pragma once

#include "retrieval/answer.h"
#include "routing/adapter.h"

namespace bailiwick::pipeline {

/// `nonce` is different for each question.
routing::Prompt prompt_for(std::string_view question, std::span<const retrieval::Hit> passages,
                           std::string_view nonce);

/// The model's text with citations renumbered from 1 in order of appearance. Each quotes the sentence of its
/// passage that says most of what it is cited for.
retrieval::Answer answer_from(std::string_view text, std::span<const retrieval::Hit> passages);

}  // namespace bailiwick::pipeline
