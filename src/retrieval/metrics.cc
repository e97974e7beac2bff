#include "retrieval/metrics.h"

#include <algorithm>
#include <cmath>

namespace bailiwick::retrieval {
namespace {

int grade_of(const Judgements& judged, std::string_view document) {
  auto found = judged.find(document);
  return found == judged.end() ? 0 : found->second;
}

double discounted(std::size_t place, int grade) {
  return grade / std::log2(static_cast<double>(place) + 2);
}

std::size_t relevant(const Judgements& judged) {
  return static_cast<std::size_t>(
      std::ranges::count_if(judged, [](const auto& entry) { return entry.second > 0; }));
}

}  // namespace

double ndcg_at(std::size_t k, std::span<const std::string> ranking, const Judgements& judged) {
  double gain = 0;
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i)
    gain += discounted(i, grade_of(judged, ranking[i]));
  std::vector<int> grades;
  for (const auto& [document, grade] : judged) {
    if (grade > 0) grades.push_back(grade);
  }
  std::ranges::sort(grades, std::greater());
  double best = 0;
  for (std::size_t i = 0; i < std::min(k, grades.size()); ++i) best += discounted(i, grades[i]);
  return best == 0 ? 0 : gain / best;
}

double recall_at(std::size_t k, std::span<const std::string> ranking, const Judgements& judged) {
  std::size_t all = relevant(judged);
  auto first = ranking.first(std::min(k, ranking.size()));
  auto found = std::ranges::count_if(first, [&](const std::string& id) { return grade_of(judged, id) > 0; });
  return all == 0 ? 0 : static_cast<double>(found) / static_cast<double>(all);
}

double reciprocal_rank_at(std::size_t k, std::span<const std::string> ranking, const Judgements& judged) {
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i) {
    if (grade_of(judged, ranking[i]) > 0) return 1.0 / static_cast<double>(i + 1);
  }
  return 0;
}

}  // namespace bailiwick::retrieval
