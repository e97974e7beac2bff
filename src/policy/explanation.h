// Explanation: what rules say of one question, step by step in the order in which they are asked.
//
// For people who ask why. Each step is asked as ask_rules() asks it; nothing here decides.
#pragma once

#include "policy/rules.h"

namespace bailiwick::policy {

/// Rules that are told of in one step; how many more there are is counted.
inline constexpr std::size_t kMaxExplainedRules = 100;

struct RulesStep {
  enum class Whose {
    kPlatform,  ///< guardrails
    kTenant,
    kBefore,  ///< the tenant's of before, while a rollout is under way
  };
  enum class Outcome { kPasses, kDenies, kNotAsked };
  Whose whose = Whose::kTenant;
  Outcome outcome = Outcome::kNotAsked;
  std::string reason;    ///< of a denial: `rule.no-deletes`
  std::string message;   ///< in words: why it denies, passes, or was not asked
  ExplainedRules rules;  ///< also of a step that was not asked: what they would say
};

/// The platform's guardrails, the tenant's rules, and those of before where there are some.
std::vector<RulesStep> explain_rules(const Question& question);

}  // namespace bailiwick::policy
