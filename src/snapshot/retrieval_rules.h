// policies/retrieval.yaml as Cedar, for people to read beside their other rules: the trust floor, signatures
// and forbidden patterns. Nobody asks these policies: the search's guard decides the same for each document,
// thousands in a query (docs/decisions/0010-yaml-rules.md). `context.document` is the document that would be
// found.
#pragma once

#include "base/document.h"
#include "policy/rule_files.h"
#include "snapshot/retrieval_policy.h"

namespace bailiwick::snapshot {

/// `tree` is the file that says so, `name` what stands before its places, `program` whose file it is; empty =
/// the tenant's.
std::vector<policy::BuiltRule> guard_equivalents(const RetrievalPolicy& policy, const Node& tree,
                                                 std::string_view name, std::string_view program);

}  // namespace bailiwick::snapshot
