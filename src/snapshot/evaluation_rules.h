// policies/evaluation.yaml as Cedar: each threshold is a forbid of `evaluations.judge`, `evaluation.SCORE`,
// or `evaluation.PROGRAM.SCORE` where a program's bounds differ from the tenant's. They stand among the
// tenant's rules and are asked with them, score by score; nothing else in Bailiwick says whether a score
// passes.
//
// In each program one rule speaks of a score at most: the tenant's leaves out the programs that have their
// own, for a forbid cannot be outweighed. Denials begin with the word QualityViolation.
#pragma once

#include "base/document.h"
#include "policy/rule_files.h"
#include "snapshot/bundle_files.h"

namespace bailiwick::snapshot {

/// Of the settings of tenant and programs. `documents` are the trees of their files by path, and `place`
/// stands before paths.
std::vector<policy::BuiltRule> evaluation_rules(const BundleFiles& files,
                                                const std::map<std::string, Node>& documents,
                                                std::string_view place);

}  // namespace bailiwick::snapshot
