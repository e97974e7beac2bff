// The rules of governance.yaml as Cedar: one policy each, built as a tree. No text is pasted into a policy,
// so nothing that a rule says can end it or begin another.
//
// What a rule says is checked as rules of `*.cedar` are (policy/rule_files.h); each fault is placed in the
// YAML file, inside conditions to the line and column.
#pragma once

#include "base/document.h"
#include "policy/rule_files.h"

namespace bailiwick::snapshot {

struct RulesDocument {
  const Node& tree;  ///< the whole file
  std::string_view text;
  std::string_view name;     ///< what stands before places: `tenants/acme-corp/policies/governance.yaml`
  std::string_view program;  ///< whose file it is; empty = the tenant's. Its rules hold in it alone
};

/// Adds the policies of `rules:`, and what is wrong with rules that become none. Entries that do not even
/// have the form of a rule are left out: the reading of the file has told of them.
void build_rules(const RulesDocument& document, std::vector<policy::BuiltRule>& rules,
                 std::vector<Problem>& problems);

/// `programs/PROGRAM/…` → PROGRAM; empty for the tenant's own files.
std::string_view program_of(std::string_view path);

}  // namespace bailiwick::snapshot
