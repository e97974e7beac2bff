#include "policy/analysis/rule_group.h"

#include <algorithm>

#include <fmt/format.h>

namespace bailiwick::policy::analysis {

using cedar::analysis::Answer;
using cedar::analysis::Goal;
using cedar::analysis::kAnyOutcome;
using cedar::analysis::kFails;
using cedar::analysis::kTrue;
using cedar::analysis::Outcomes;
using cedar::analysis::Solution;

namespace {

constexpr std::string_view kTenantType = "Bailiwick::Tenant";
constexpr std::string_view kUndecidedWhy = "this lies outside of what the analysis decides: test it by hand";

void collect_tenants(const cedar::Expr& expr, std::set<std::string>& tenants) {
  if (const auto* literal = std::get_if<cedar::Literal>(&expr.node)) {
    const auto* uid = std::get_if<cedar::EntityUid>(&literal->value);
    if (uid && uid->type == kTenantType) tenants.insert(uid->id);
  }
  cedar::each_child(expr, [&](const cedar::Expr& child) { collect_tenants(child, tenants); });
}

/// `principal in tenant || resource in tenant`
cedar::ExprPtr touches(const std::string& tenant) {
  using namespace cedar;  // NOLINT(google-build-using-namespace)
  auto within = [&](Variable variable) {
    ExprPtr literal = make_expression(cedar::Literal{EntityUid{std::string(kTenantType), tenant}}, {});
    return make_expression(Binary{BinaryOp::kIn, make_expression(variable, {}), std::move(literal)}, {});
  };
  return make_expression(Logic{LogicOp::kOr, {within(Variable::kPrincipal), within(Variable::kResource)}},
                         {});
}

}  // namespace

RuleGroup::RuleGroup(std::span<const AnalysedRule> rules, std::vector<std::size_t> members,
                     const cedar::Schema* schema, ConflictReport& report)
    : rules_(rules), indices_(std::move(members)), schema_(schema), report_(report) {}

Outcomes RuleGroup::counts(const Member& member) const {
  return is_forbid(member) ? static_cast<Outcomes>(kTrue | kFails) : kTrue;
}

bool RuleGroup::are_asked_together(const Member& a, const Member& b) const {
  return a.asked_with == 0 || b.asked_with == 0 || a.asked_with == b.asked_with;
}

std::string RuleGroup::name(const Member& member) const {
  return fmt::format("{}`{}`", rule(member).origin == RuleOrigin::kPlatform ? "the platform's " : "",
                     rule(member).id);
}

Conflict& RuleGroup::report(ConflictKind kind, Severity severity, const Member& member, const Member* other,
                            std::string message, const WitnessPtr& witness) {
  Conflict made{.kind = kind, .severity = severity, .rule = member.index, .message = std::move(message)};
  made.priority = rule(member).priority;
  if (other) {
    made.other = other->index;
    made.priority = std::max(made.priority, rule(*other).priority);
  }
  if (witness) made.witness = to_json(*witness);
  report_.findings.push_back(std::move(made));
  return report_.findings.back();
}

Solution RuleGroup::ask(std::vector<Goal> goals) {
  if (solver_->checks() > kMaxChecks) return {};
  ++report_.questions;
  return solver_->solve(goals);
}

void RuleGroup::run() {
  if (indices_.empty()) return;
  prepare();
  for (Member& member : members_) find_witness(member);
  put_witnesses_to_all();
  for (Member& permit : members_) {
    if (!is_forbid(permit) && permit.witness) compare_with_forbids(permit);
  }
  for (Member& member : members_) {
    find_redundant(member);
    find_reach(member);
  }
}

void RuleGroup::prepare() {
  if (schema_) {
    auto actions = cedar::analysis::action_entities_of(*schema_);
    if (actions) actions_ = std::move(*actions);
  }
  solver_.emplace(cedar::analysis::worlds_of(schema_, actions_ ? &*actions_ : nullptr));
  std::map<std::string_view, std::size_t> tenants;
  for (std::size_t index : indices_) {
    const cedar::Policy& policy = rules_[index].policy;
    if (policy.is_template()) {
      report_.findings.push_back(
          {.rule = index,
           .message = fmt::format("`{}` is a template: what is made of it is undecided "
                                  "until it is linked",
                                  rules_[index].id)});
      continue;
    }
    members_.push_back({index, cedar::whole_expression(policy), {policy, schema_, program_}});
    if (rules_[index].origin == RuleOrigin::kTenant)
      members_.back().asked_with =
          tenants.try_emplace(rules_[index].tenant, tenants.size() + 1).first->second;
  }
}

void RuleGroup::find_witness(Member& member) {
  Solution applies = ask({{member.expression.get(), kTrue}});
  member.witness = applies.witness;
  if (applies.answer == Answer::kUndecided) {
    report(ConflictKind::kUndecided, Severity::kWarning, member, nullptr,
           fmt::format("whether {} ever applies is undecided: {}", name(member), kUndecidedWhy));
  }
  if (applies.answer != Answer::kNone) return;
  Solution fails = is_forbid(member) ? ask({{member.expression.get(), kFails}}) : Solution{Answer::kNone, {}};
  std::string message =
      fmt::format("no request makes {} apply: mend its conditions or remove it", name(member));
  if (fails.answer == Answer::kFound)
    message =
        fmt::format("{} can only fail, and a forbid that fails denies: mend its conditions", name(member));
  report(ConflictKind::kNeverApplies, Severity::kError, member, nullptr, std::move(message), fails.witness);
}

void RuleGroup::put_witnesses_to_all() {
  applies_.assign(members_.size() * members_.size(), false);
  for (cedar::Effect effect : {cedar::Effect::kPermit, cedar::Effect::kForbid}) {
    // As a set of its own, so that no rule of the other effect decides before.
    std::vector<cedar::Policy> policies;
    std::vector<Member*> of_policy;
    for (Member& member : members_) {
      if (rule(member).policy.effect != effect) continue;
      policies.push_back(rule(member).policy);
      policies.back().id = std::to_string(member.index);
      of_policy.push_back(&member);
    }
    auto set = cedar::PolicySet::compile(policies);
    if (!set) continue;
    cedar::Scratch scratch;
    for (std::uint32_t i = 0; i < members_.size(); ++i) {
      if (!members_[i].witness) continue;
      const auto& witness = *members_[i].witness;
      for (std::uint32_t index : set->explain(witness.request, witness.entities, scratch).deciding) {
        of_policy[index]->applies_to.push_back(i);
        applies_[i * members_.size() + at(*of_policy[index])] = true;
      }
    }
  }
}

RuleGroup::WitnessPtr RuleGroup::common_request(const Member& permit, const Member& forbid, bool* undecided) {
  if (applies_to(forbid, at(permit))) return permit.witness;
  if (forbid.witness && applies_to(permit, at(forbid))) return forbid.witness;
  if (!permit.scope.may_meet(forbid.scope)) return nullptr;
  Solution both = ask({{permit.expression.get(), kTrue}, {forbid.expression.get(), counts(forbid)}});
  *undecided = both.answer == Answer::kUndecided;
  return both.witness;
}

void RuleGroup::compare_with_forbids(Member& permit) {
  // Those that are known to meet it first: they cost nothing, and may be all that is to be shown.
  for (bool shown : {true, false}) {
    for (Member& forbid : members_) {
      if (!is_forbid(forbid) || applies_to(forbid, at(permit)) != shown) continue;
      if (are_asked_together(permit, forbid)) compare(permit, forbid);
    }
  }
}

void RuleGroup::compare(Member& permit, Member& forbid) {
  bool is_shown = applies_to(forbid, at(permit));
  if (overlaps(permit, forbid) >= kMaxOverlaps && !is_shown) {
    // Whether more of them meet would say nothing new of this permit.
    report_.overlaps_left_out += permit.scope.may_meet(forbid.scope) ? 1 : 0;
    return;
  }
  bool undecided = false;
  WitnessPtr both = common_request(permit, forbid, &undecided);
  if (both) return report_meeting(permit, forbid, both);
  if (undecided) {
    report(ConflictKind::kUndecided, Severity::kWarning, permit, &forbid,
           fmt::format("whether {} and {} meet is undecided: {}", name(permit), name(forbid), kUndecidedWhy));
  }
}

/// There is no request to which the first applies and the second does not.
bool RuleGroup::never_without(Member& member, const Member& other, bool* undecided) {
  // A request that is already known may show the contrary.
  for (std::size_t witness : member.applies_to) {
    if (!applies_to(other, witness)) return false;
  }
  for (const WitnessPtr& witness : member.alone) {
    if ((solver_->evaluate(*witness, *other.expression) & counts(other)) == 0) return false;
  }
  auto without = static_cast<Outcomes>(kAnyOutcome & ~counts(other));
  Solution alone = ask({{member.expression.get(), counts(member)}, {other.expression.get(), without}});
  *undecided = alone.answer == Answer::kUndecided;
  if (alone.witness && member.alone.size() < kMaxAlone) member.alone.push_back(alone.witness);
  return alone.answer == Answer::kNone;
}

void RuleGroup::report_meeting(Member& permit, Member& forbid, const WitnessPtr& both) {
  bool is_platform = rule(forbid).origin == RuleOrigin::kPlatform;
  bool undecided = false;
  if (never_without(permit, forbid, &undecided)) {
    auto kind = is_platform ? ConflictKind::kContradictsPlatform : ConflictKind::kShadowed;
    report(kind, Severity::kError, permit, &forbid,
           fmt::format("{} forbids every request that {} permits: it never grants anything", name(forbid),
                       name(permit)),
           both);
    return;
  }
  if (undecided) {
    report(ConflictKind::kUndecided, Severity::kWarning, permit, &forbid,
           fmt::format("whether {} leaves anything of {} is undecided: {}", name(forbid), name(permit),
                       kUndecidedWhy),
           both);
  }
  if (overlaps(permit, forbid) >= kMaxOverlaps) {
    ++report_.overlaps_left_out;
    return;
  }
  ++overlaps(permit, forbid);
  auto kind = is_platform ? ConflictKind::kContradictsPlatform : ConflictKind::kOverlap;
  bool fails = solver_->evaluate(*both, *forbid.expression) == kFails;
  report(kind, is_platform ? Severity::kWarning : Severity::kNotice, permit, &forbid,
         fmt::format("{} {} some requests that {} permits: they are denied", name(forbid),
                     fails ? "cannot be evaluated for" : "forbids", name(permit)),
         both);
}

void RuleGroup::find_redundant(Member& member) {
  if (!member.witness) return;
  for (Member& other : members_) {
    if (&other == &member || is_forbid(other) != is_forbid(member) || !applies_to(other, at(member)))
      continue;
    // A tenant's rule never makes one of the platform's redundant: tenants come and go.
    if (rule(member).origin == RuleOrigin::kPlatform && rule(other).origin != RuleOrigin::kPlatform) continue;
    if (!are_asked_together(member, other) || redundant_.contains({other.index, member.index})) continue;
    bool undecided = false;
    bool redundant = never_without(member, other, &undecided);
    if (undecided) {
      report(ConflictKind::kUndecided, Severity::kWarning, member, &other,
             fmt::format("whether {} makes {} redundant is undecided: {}", name(other), name(member),
                         kUndecidedWhy));
    }
    if (!redundant) continue;
    redundant_.insert({member.index, other.index});
    report(ConflictKind::kRedundant, Severity::kWarning, member, &other,
           fmt::format("{} applies whenever {} does: remove one of them", name(other), name(member)),
           member.witness);
    return;
  }
}

void RuleGroup::find_reach(const Member& member) {
  const AnalysedRule& about = rule(member);
  if (about.origin == RuleOrigin::kPlatform || about.tenant.empty() || !member.witness) return;
  std::set<std::string> tenants;
  collect_tenants(*member.expression, tenants);
  tenants.erase(about.tenant);
  for (const std::string& tenant : tenants) {
    kept_.push_back(touches(tenant));
    Solution reach = ask({{member.expression.get(), kTrue}, {kept_.back().get(), kTrue}});
    if (reach.answer == Answer::kFound) {
      report(ConflictKind::kCrossTenantReach, is_forbid(member) ? Severity::kWarning : Severity::kError,
             member, nullptr,
             fmt::format("{} of the tenant {} applies to a principal or resource of the tenant {}",
                         name(member), about.tenant, tenant),
             reach.witness);
    } else if (reach.answer == Answer::kUndecided) {
      report(ConflictKind::kUndecided, Severity::kWarning, member, nullptr,
             fmt::format("whether {} applies in the tenant {} is undecided: {}", name(member), tenant,
                         kUndecidedWhy));
    }
  }
}

}  // namespace bailiwick::policy::analysis
