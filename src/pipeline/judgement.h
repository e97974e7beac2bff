// Judgement: whether the scores of an evaluation are good enough. Whether a score passes is asked of the
// rules, one question for each (snapshot/evaluation_rules.h makes rules of thresholds); what follows from the
// answers for the whole is said here. docs/rules.md tells it to users.
#pragma once

#include <functional>

#include "policy/decimal_range.h"
#include "policy/kernel.h"
#include "snapshot/evaluation_policy.h"

namespace bailiwick::pipeline {

enum class Verdict {
  kPass,
  kFail,
  kUnjudged,  ///< nothing says that it is good, and nothing that it is bad
};
constexpr std::array<std::pair<std::string_view, Verdict>, 3> enum_table(Verdict) {
  return {{{"pass", Verdict::kPass}, {"fail", Verdict::kFail}, {"unjudged", Verdict::kUnjudged}}};
}

struct GivenScore {
  double value = 0;
  policy::DecimalRange range;  ///< of `value`
};

struct Evaluation {
  std::map<std::string, GivenScore> scores;  ///< by name
  std::int64_t samples = 0;                  ///< evaluated answers that they are made of
};

struct JudgedScore {
  std::string name;
  double value = 0;
  bool has_threshold = false;
  bool critical = false;    ///< its failure fails the whole
  std::string code = {};    ///< of a failure: `evaluation.faithfulness`, `rule.no-toxic-answers`
  std::string reason = {};  ///< likewise: why, and what to do

  bool passed() const { return code.empty(); }
};

struct Judgement {
  Verdict verdict = Verdict::kUnjudged;
  std::string note;  ///< why it is no pass
  std::vector<JudgedScore> scores;
  std::vector<std::string> missing;  ///< that have a threshold and were not given
};

/// Puts one score to the rules. Errors: kForbidden with the reason of the rule that denies it.
using AskScore = std::function<Status(const policy::Facts&)>;

/// `policy` is that of the program, or the tenant's. Fails when a score fails or is missing whose threshold
/// is critical, when rules of another kind than thresholds deny a score, and when more than half of the
/// scores that have a threshold fail. Unjudged: evaluation is disabled, there are fewer samples than it asks
/// for, or no threshold speaks of the scores. Pure, as far as `ask` is.
Judgement judge(const snapshot::EvaluationPolicy& policy, const Evaluation& evaluation, const AskScore& ask);

}  // namespace bailiwick::pipeline
