// The field's measures of ranking, over judged queries, as BEIR and trec_eval compute them.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

namespace bailiwick::retrieval {

/// Document id → grade; above 0 is relevant.
using Judgements = std::map<std::string, int, std::less<>>;

/// Sum of the grades, each discounted by log2(rank + 1), over that of the best order.
double ndcg_at(std::size_t k, std::span<const std::string> ranking, const Judgements& judged);
/// Share of the relevant documents among the first k.
double recall_at(std::size_t k, std::span<const std::string> ranking, const Judgements& judged);
/// 1 over the rank of the first relevant document; 0 when none is among the first k.
double reciprocal_rank_at(std::size_t k, std::span<const std::string> ranking, const Judgements& judged);

}  // namespace bailiwick::retrieval
