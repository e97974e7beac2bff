#include "snapshot/sovereignty_rules.h"

#include <fmt/format.h>

#include "base/ip_address.h"
#include "policy/operations.h"
#include "snapshot/cedar_tree.h"

namespace bailiwick::snapshot {
namespace {

using cedar::BinaryOp;
using cedar::ExprPtr;
using cedar::LogicOp;

using namespace tree;  // NOLINT(google-build-using-namespace)

/// `cn-*` → `context.region like "cn-*"`; a name without a star is compared.
ExprPtr is_region(const std::string& glob) {
  if (glob.find('*') == std::string::npos) return compare(BinaryOp::kEqual, fact("region"), text(glob));
  cedar::Pattern pattern;
  for (std::size_t from = 0; from <= glob.size();) {
    std::size_t star = std::min(glob.find('*', from), glob.size());
    pattern.pieces.push_back(glob.substr(from, star - from));
    from = star + 1;
  }
  return leaf(cedar::Like{fact("region"), std::move(pattern)});
}

ExprPtr is_one_of(const std::vector<std::string>& globs) {
  std::vector<ExprPtr> matches;
  for (const std::string& glob : globs) matches.push_back(is_region(glob));
  return join(LogicOp::kOr, std::move(matches));
}

class SovereigntyRules {
 public:
  SovereigntyRules(const Sovereignty& sovereignty, const Node& tree, std::string_view name)
      : sovereignty_(sovereignty), name_(name) {
    const Node* rules = tree.find("data_sovereignty");
    node_ = rules == nullptr ? &tree : rules;
  }

  std::vector<policy::BuiltRule> make() {
    add_region();
    add_retention();
    add_encryption();
    return std::move(made_);
  }

 private:
  void add(std::string_view id, std::initializer_list<std::string_view> keys, std::string reason,
           std::string remedy, ExprPtr condition) {
    cedar::Policy policy{.id = fmt::format("{}{}", policy::kSovereigntyIds, id),
                         .annotations = {{"id", fmt::format("{}{}", policy::kSovereigntyIds, id)},
                                         {"reason", std::move(reason)},
                                         {"remedy", std::move(remedy)},
                                         {"priority", "regulatory"}},
                         .effect = cedar::Effect::kForbid,
                         .principal = {},
                         .action = {.kind = cedar::ActionConstraint::Kind::kIn,
                                    .entities = {{std::string(policy::kOperationType), "all"}},
                                    .span = {}},
                         .resource = {},
                         .conditions = {{cedar::Condition::Kind::kWhen, std::move(condition)}},
                         .span = {}};
    const Node* at = nullptr;
    for (std::string_view key : keys) {
      if (at == nullptr) at = node_->find(key);
    }
    if (at == nullptr) at = node_;
    std::string place = fmt::format("{}:{}:{}", name_, at->line, at->column);
    made_.push_back({.policy = std::move(policy),
                     .places = [place](std::uint32_t) { return place; },
                     .author = policy::BuiltRule::Author::kBailiwick});
  }

  void add_region() {
    std::vector<ExprPtr> denied;
    if (!sovereignty_.forbidden_regions.empty()) denied.push_back(is_one_of(sovereignty_.forbidden_regions));
    if (!sovereignty_.allowed_regions.empty())
      denied.push_back(negation(is_one_of(sovereignty_.allowed_regions)));
    if (denied.empty()) return;
    add("region", {"allowed_regions", "forbidden_regions"},
        "SovereigntyViolation: data-sovereignty.yaml does not let this tenant's data go to that region",
        "use a provider in a region that it allows",
        join(LogicOp::kAnd, {fact_known("region"), join(LogicOp::kOr, std::move(denied))}));
  }

  void add_retention() {
    const MinimumRetention& least = sovereignty_.retention;
    std::vector<ExprPtr> young;
    std::string said;
    auto add_kind = [&](std::string_view kind, const std::optional<std::int64_t>& days) {
      if (!days || *days == 0) return;
      ExprPtr limit = leaf(cedar::Call{"duration", {text(fmt::format("{}d", *days))}});
      young.push_back(join(LogicOp::kAnd, {compare(BinaryOp::kEqual, fact("data_type"), text(kind)),
                                           compare(BinaryOp::kLess, fact("age"), std::move(limit))}));
      said += fmt::format("{}{} for {} days", said.empty() ? "" : ", ", kind, *days);
    };
    add_kind("data", least.data_days);
    add_kind("logs", least.logs_days);
    add_kind("backups", least.backups_days);
    if (young.empty()) return;
    add("retention", {"retention"},
        fmt::format("RetentionViolation: data-sovereignty.yaml keeps {} at least, and this is younger", said),
        "delete it when it is old enough",
        join(LogicOp::kAnd,
             {fact_known("age"), fact_known("data_type"), join(LogicOp::kOr, std::move(young))}));
  }

  void add_encryption() {
    const EncryptionPolicy& asked = sovereignty_.encryption;
    std::vector<ExprPtr> weaker;
    auto add_kind = [&](const std::string& kind, std::initializer_list<std::string_view> good) {
      std::vector<ExprPtr> parts{known(fact("encryption"), kind)};
      for (std::string_view each : good)
        parts.push_back(compare(BinaryOp::kNotEqual, attribute(fact("encryption"), kind), text(each)));
      weaker.push_back(join(LogicOp::kAnd, std::move(parts)));
    };
    if (!asked.at_rest.empty()) add_kind("at_rest", {asked.at_rest});
    if (asked.in_transit == "TLS-1.2") add_kind("in_transit", {"TLS-1.2", "TLS-1.3"});
    if (asked.in_transit == "TLS-1.3") add_kind("in_transit", {"TLS-1.3"});
    if (weaker.empty()) return;
    add("encryption", {"encryption"},
        "EncryptionViolation: data-sovereignty.yaml asks for stronger encryption than there is",
        "use a provider with an https:// base_url, or storage that encrypts",
        join(LogicOp::kAnd, {fact_known("encryption"), join(LogicOp::kOr, std::move(weaker))}));
  }

  const Sovereignty& sovereignty_;
  const Node* node_;
  std::string_view name_;
  std::vector<policy::BuiltRule> made_;
};

}  // namespace

std::vector<policy::BuiltRule> sovereignty_rules(const Sovereignty& sovereignty, const Node& tree,
                                                 std::string_view name) {
  return SovereigntyRules(sovereignty, tree, name).make();
}

std::optional<policy::Rules::Denial> refusal(const policy::Rules& rules, const policy::Facts& facts) {
  static const tenancy::Principal kNobody{.subject = "system:check"};
  return rules.deny({.principal = kNobody, .action = tenancy::Action::kModelsChat, .facts = facts});
}

policy::Facts facts_of(const Provider& provider) {
  constexpr std::string_view kPlain = "http://";
  policy::Facts facts{.region = provider.region};
  std::string_view url = provider.base_url;
  if (!url.starts_with(kPlain)) return facts;
  url.remove_prefix(kPlain.size());
  std::string_view host = url.substr(0, url.find('/'));
  host = host.starts_with('[') ? host.substr(1, host.find(']') - 1) : host.substr(0, host.find(':'));
  auto address = IpAddress::parse(host);
  bool here = host == "localhost" || (address && address->is_loopback());
  if (!here) facts.in_transit = "none";
  return facts;
}

}  // namespace bailiwick::snapshot
