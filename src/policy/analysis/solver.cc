#include "policy/analysis/solver.h"

#include <algorithm>

#include "policy/analysis/model.h"

namespace bailiwick::cedar::analysis {
namespace {

using Kind = Literal::Kind;

/// What is known of the classes already excludes it.
bool is_false(Theory& theory, const Literal& literal) {
  auto known = [&](TermId term) { return term != kNoTerm && theory.root(term) < theory.terms().size(); };
  if (!known(literal.a)) return false;
  const TermClass& a = theory.of(literal.a);
  switch (literal.kind) {
    case Kind::kKinds:
      return (a.kinds & literal.kinds) == 0;
    case Kind::kEqual: {
      const TermClass& b = theory.of(literal.b);
      if (theory.root(literal.a) == theory.root(literal.b)) return false;
      bool both_known = a.constant != kNoTerm && b.constant != kNoTerm;
      bool types_differ = !a.type.empty() && !b.type.empty() && a.type != b.type;
      return both_known || types_differ || (a.kinds & b.kinds & kPresent) == 0 ||
             theory.differ(literal.a, literal.b);
    }
    case Kind::kDiffer:
      return theory.root(literal.a) == theory.root(literal.b);
    case Kind::kIs:
      return !a.type.empty() && a.type != literal.name;
    case Kind::kIsNot:
      return !a.type.empty() && a.type == literal.name;
    default:
      return false;
  }
}

bool is_false(Theory& theory, const Alternative& alternative) {
  return std::ranges::any_of(alternative.literals,
                             [&](const Literal& literal) { return is_false(theory, literal); });
}

}  // namespace

void Solver::Branch::take(const Alternative& alternative) {
  literals.insert(literals.end(), alternative.literals.begin(), alternative.literals.end());
  goals.insert(goals.end(), alternative.goals.begin(), alternative.goals.end());
  resolutions.insert(resolutions.end(), alternative.resolutions.begin(), alternative.resolutions.end());
}

Solution Solver::solve(std::span<const Goal> goals) {
  bool undecided = false;
  for (const World& world : worlds_) {
    Search search{world, goals, {}, Expander(search.terms), workspace_, kMaxChecks, nullptr};
    for (Variable variable :
         {Variable::kPrincipal, Variable::kAction, Variable::kResource, Variable::kContext}) {
      search.terms.variable(variable);
    }
    Branch start;
    start.goals.assign(goals.begin(), goals.end());
    Answer answer = explore(search, std::move(start));
    if (answer == Answer::kFound) return {answer, std::move(search.witness)};
    undecided |= answer == Answer::kUndecided;
  }
  return {undecided ? Answer::kUndecided : Answer::kNone, nullptr};
}

bool Solver::open_goals(Search& search, Branch& branch) {
  while (!branch.goals.empty()) {
    Goal goal = branch.goals.back();
    branch.goals.pop_back();
    Choice choice = search.expander.expand(goal, branch.resolutions);
    if (choice.empty()) return false;
    if (choice.size() == 1)
      branch.take(choice.front());
    else
      branch.choices.push_back(std::make_shared<const Choice>(std::move(choice)));
  }
  return true;
}

/// Leaves out what is known to be false. False when nothing is left.
bool Solver::narrow(std::shared_ptr<const Choice>& choice, Theory& theory) {
  auto excluded = [&](const Alternative& alternative) { return is_false(theory, alternative); };
  if (std::ranges::none_of(*choice, excluded)) return true;
  Choice left;
  for (const Alternative& alternative : *choice) {
    if (!excluded(alternative)) left.push_back(alternative);
  }
  bool possible = !left.empty();
  choice = std::make_shared<const Choice>(std::move(left));
  return possible;
}

Answer Solver::explore(Search& search, Branch branch) {
  for (;;) {
    if (!open_goals(search, branch)) return Answer::kNone;
    if (--search.checks_left < 0) return Answer::kUndecided;
    ++checks_;
    Theory theory(search.terms, search.world, search.workspace, branch.literals);
    Theory::Verdict verdict = theory.run();
    if (verdict == Theory::Verdict::kContradiction) return Answer::kNone;
    std::size_t least = 0;
    for (std::size_t i = 0; i < branch.choices.size(); ++i) {
      if (!narrow(branch.choices[i], theory)) return Answer::kNone;
      if (branch.choices[i]->size() < branch.choices[least]->size()) least = i;
    }
    if (branch.choices.empty()) {
      if (verdict == Theory::Verdict::kSplit) return explore_each(search, branch, theory.split());
      if (try_model(search, theory)) return Answer::kFound;
      Choice cases = theory.refine();
      return cases.empty() ? Answer::kUndecided : explore_each(search, branch, cases);
    }
    std::shared_ptr<const Choice> choice = std::move(branch.choices[least]);
    branch.choices.erase(branch.choices.begin() + static_cast<std::ptrdiff_t>(least));
    if (choice->size() > 1) return explore_each(search, branch, *choice);
    branch.take(choice->front());
  }
}

Answer Solver::explore_each(Search& search, const Branch& branch, const Choice& choice) {
  bool undecided = false;
  for (const Alternative& alternative : choice) {
    Branch next = branch;
    next.take(alternative);
    Answer answer = explore(search, std::move(next));
    if (answer == Answer::kFound) return answer;
    undecided |= answer == Answer::kUndecided;
    if (search.checks_left < 0) return Answer::kUndecided;
  }
  return undecided ? Answer::kUndecided : Answer::kNone;
}

bool Solver::try_model(Search& search, Theory& theory) {
  std::unique_ptr<Witness> witness = ModelBuilder(theory).build();
  if (!witness) return false;
  for (const Goal& goal : search.goals) {
    if ((evaluate(*witness, *goal.expression) & goal.outcomes) == 0) return false;
  }
  search.witness = std::move(witness);
  return true;
}

std::uint32_t Solver::root_of(const Expr& expr) {
  auto [known, added] = roots_.try_emplace(&expr, 0);
  if (added) known->second = program_.add(expr);
  return known->second;
}

Outcomes Solver::evaluate(const Witness& witness, const Expr& expr) {
  return analysis::evaluate(witness, program_, root_of(expr), scratch_);
}

}  // namespace bailiwick::cedar::analysis
