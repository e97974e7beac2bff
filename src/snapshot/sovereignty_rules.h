// data-sovereignty.yaml as Cedar: `sovereignty.region`, `sovereignty.retention` and `sovereignty.encryption`,
// as far as the file asks for them. They are forbids over what a question knows (policy::Facts), stand among
// the tenant's rules and are asked with them; nothing else in Bailiwick decides on sovereignty.
//
// Their denials begin with the words SovereigntyViolation, RetentionViolation and EncryptionViolation.
#pragma once

#include "base/document.h"
#include "policy/rule_files.h"
#include "policy/rules.h"
#include "snapshot/data_sovereignty.h"
#include "snapshot/router_config.h"

namespace bailiwick::snapshot {

/// `tree` is the file that `sovereignty` was read from, `name` what stands before its places.
std::vector<policy::BuiltRule> sovereignty_rules(const Sovereignty& sovereignty, const Node& tree,
                                                 std::string_view name);

/// What such rules say of these facts alone; for checking files, where there is no principal yet.
std::optional<policy::Rules::Denial> refusal(const policy::Rules& rules, const policy::Facts& facts);

/// What is known of a call of this provider before it is made: its region, and that nothing is encrypted on
/// the way to an `http://` host other than this machine. Which TLS an `https://` host speaks is not known
/// then. Refers to `provider`.
policy::Facts facts_of(const Provider& provider);

}  // namespace bailiwick::snapshot
