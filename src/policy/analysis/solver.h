// Solver: is there a request for which these expressions come out so?
//
// Goes through the ways in which they can, closes those that contradict themselves, and builds a request for
// those that do not. A request that is found has been put to the evaluator; that there is none is proven;
// what is neither is undecided.
#pragma once

#include <memory>
#include <unordered_map>

#include "policy/analysis/expander.h"
#include "policy/analysis/theory.h"
#include "policy/analysis/witness.h"

namespace bailiwick::cedar::analysis {

enum class Answer { kFound, kNone, kUndecided };

struct Solution {
  Answer answer = Answer::kUndecided;
  std::shared_ptr<const Witness> witness;  ///< of kFound
};

class Solver {
 public:
  /// Of one question; a check is one conjunction looked at.
  static constexpr int kMaxChecks = 1500;

  explicit Solver(std::vector<World> worlds) : worlds_(std::move(worlds)) {}

  /// The expressions have no slots and outlive the solver.
  Solution solve(std::span<const Goal> goals);
  /// How the expression comes out for a request.
  Outcomes evaluate(const Witness& witness, const Expr& expr);
  /// Checks made so far, for budgets over many questions.
  std::uint64_t checks() const { return checks_; }

 private:
  struct Branch {
    Literals literals;
    std::vector<Goal> goals;
    std::vector<std::shared_ptr<const Choice>>
        choices;  ///< shared by the branches that have not narrowed them
    std::vector<Resolution> resolutions;

    void take(const Alternative& alternative);
  };
  struct Search {
    const World& world;
    std::span<const Goal> goals;
    Terms terms;
    Expander expander;
    Workspace& workspace;
    int checks_left;
    std::shared_ptr<const Witness> witness;
  };

  Answer explore(Search& search, Branch branch);
  Answer explore_each(Search& search, const Branch& branch, const Choice& choice);
  bool open_goals(Search& search, Branch& branch);
  static bool narrow(std::shared_ptr<const Choice>& choice, Theory& theory);
  bool try_model(Search& search, Theory& theory);
  std::uint32_t root_of(const Expr& expr);

  std::vector<World> worlds_;
  Workspace workspace_;
  Program program_;
  std::unordered_map<const Expr*, std::uint32_t> roots_;
  Scratch scratch_;
  std::uint64_t checks_ = 0;
};

}  // namespace bailiwick::cedar::analysis
