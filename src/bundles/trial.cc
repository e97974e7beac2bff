#include "bundles/trial.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "metering/calendar.h"
#include "policy/rule_files.h"
#include "retrieval/corpus.h"
#include "retrieval/guard.h"

namespace bailiwick::bundles {
namespace {

constexpr std::string_view kSample =
    "The ward keeps a ledger of every key. A key that is lost is reported within one hour. "
    "The keeper of the ledger signs each page at the end of the shift.";

/// Tries what the bundle says on made-up input.
class DryUse {
 public:
  DryUse(const snapshot::ParsedBundle& bundle, std::string_view place) : bundle_(bundle), place_(place) {}

  std::vector<Problem> run() && {
    if (auto zone = metering::Calendar::in(bundle_.tenant.time_zone); !zone) {
      problem("tenant.yaml", {"time_zone"}, zone.error().message);
    }
    try_retrieval("", bundle_.files.settings.retrieval);
    for (const auto& [program, settings] : bundle_.files.programs) {
      try_retrieval(fmt::format("programs/{}/", program), settings.retrieval);
    }
    return std::move(problems_);
  }

 private:
  void problem(const std::string& file, std::initializer_list<std::string_view> keys,
               std::string_view message) {
    const Node* node = nullptr;
    if (auto tree = bundle_.documents.find(file); tree != bundle_.documents.end()) node = &tree->second;
    for (std::string_view key : keys) {
      const Node* next = node == nullptr ? nullptr : node->find(key);
      if (next == nullptr) break;
      node = next;
    }
    int line = node == nullptr ? 1 : node->line, column = node == nullptr ? 1 : node->column;
    problems_.push_back({fmt::format("{}{}:{}:{}", place_, file, line, column),
                         fmt::format("{}: {}", fmt::join(keys, "/"), message)});
  }

  void try_retrieval(const std::string& folder, const snapshot::RetrievalPolicy& policy) {
    std::string file = folder + "policies/retrieval.yaml";
    if (!bundle_.documents.contains(file)) return;
    for (const std::string& pattern : policy.trust.forbidden_patterns) {
      if (!retrieval::ForbiddenWords({pattern}).find_in(pattern).empty()) continue;
      problem(file, {"trust", "forbidden_patterns"},
              fmt::format("'{}' forbids nothing; write words, the last letters of which may be *", pattern));
    }
    if (!finds_sample(policy))
      problem(file, {"chunking"}, "a sample document is not found under these limits");
  }

  static bool finds_sample(const snapshot::RetrievalPolicy& policy) {
    auto document = retrieval::make_document("sandbox", "sample", "", kSample, {}, WallTime{});
    BW_CHECK(document.has_value());
    retrieval::ChunkLimits limits{.max_words = static_cast<std::size_t>(policy.chunking.max_words),
                                  .overlap_words = static_cast<std::size_t>(policy.chunking.overlap_words)};
    retrieval::Corpus corpus(limits);
    if (!corpus.add(retrieval::prepare(*document, limits))) return false;
    retrieval::Query query;
    query.text = "Who signs the ledger?";
    query.top_k = static_cast<std::size_t>(policy.ranking.top_k);
    query.ranking = {.k1 = policy.ranking.k1, .b = policy.ranking.b};
    return !corpus.retrieve(query).empty();
  }

  const snapshot::ParsedBundle& bundle_;
  const std::string place_;
  std::vector<Problem> problems_;
};

Result<policy::RulesPtr> compile_guardrails(const snapshot::FileTexts& files) {
  TRY(policy::RuleFiles read, policy::read_rules(files, "_platform/", policy::RulesOf::kPlatform));
  return policy::Rules::compile(read.operations);
}

void take(std::vector<Problem> more, TrialReport& report) {
  std::ranges::move(more, std::back_inserter(report.problems));
}

}  // namespace

TrialReport run_trial(const Trial& trial) {
  TrialReport report;
  snapshot::ParsedBundle bundle = snapshot::parse_bundle(trial.files, trial.place);
  snapshot::validate_bundle(bundle, trial.tenant, trial.place);
  auto guardrails = compile_guardrails(trial.guardrails);
  if (!guardrails) bundle.problems.push_back({trial.place + "tenant.yaml:1:1", guardrails.error().message});
  if (!bundle.problems.empty()) return take(std::move(bundle.problems), report), report;
  take(DryUse(bundle, trial.place).run(), report);
  take(run_tests(bundle, guardrails->get(), trial.place, report.tests), report);
  if (report.problems.empty())
    report.replay = replay_decisions(bundle, guardrails->get(), trial.recorded, SystemClock());
  return report;
}

bool is_settings_alone(const Trial& trial) {
  return trial.recorded.decisions.empty() && std::ranges::all_of(trial.files, [](const auto& file) {
           return file.first == "tenant.yaml" || file.first == "router.yaml";
         });
}

Result<TrialReport> InProcessSandbox::run(const Trial& trial) const {
  return run_trial(trial);
}

}  // namespace bailiwick::bundles
