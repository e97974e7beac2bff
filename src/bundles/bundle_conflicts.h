// The conflicts of a bundle's rules among themselves and with the guardrails: policy/analysis/conflicts.h
// over files.
#pragma once

#include "bundles/revision.h"
#include "policy/analysis/conflicts.h"

namespace bailiwick::bundles {

struct BundleConflicts {
  std::vector<policy::AnalysedRule> rules;  ///< that were looked at, the platform's first
  policy::ConflictReport report;
};

/// `state` is that of the tenant's rules; `guardrails` are the files of `_platform`. May take seconds.
/// Errors: kInvalid `bundle.invalid` with every problem; kTooLarge `conflicts.too_many` beyond 2,000 rules.
Result<BundleConflicts> conflicts_of(const snapshot::FileTexts& files, std::string_view tenant,
                                     policy::RuleState state, const snapshot::FileTexts& guardrails);

}  // namespace bailiwick::bundles
