// Expander: "this expression comes out so" → what must hold of its parts.
//
// Follows Cedar's evaluation exactly: from left to right, `&&`, `||` and `if` skipping what they skip, and
// each way in which an operator can fail. What it cannot express (an address read from a text that is not
// known) is left open, so that too much is thought possible, never too little.
#pragma once

#include "policy/analysis/literal.h"

namespace bailiwick::cedar::analysis {

class Expander {
 public:
  explicit Expander(Terms& terms) : terms_(terms) {}

  /// One of these holds exactly when the goal does. `resolutions` say what some expressions stand for.
  Choice expand(const Goal& goal, const std::vector<Resolution>& resolutions);

 private:
  /// What must hold for evaluation to go on, and how it fails.
  struct Step {
    Choice passes;
    Choice fails;
  };
  using Steps = std::vector<Step>;

  // How logic comes out.
  Choice expand_logic(const Logic& logic, Outcomes outcomes);
  Choice expand_conditional(const Conditional& conditional, Outcomes outcomes);
  Choice expand_is_in(const IsType& is, const Expr& expr, Outcomes outcomes);
  Choice resolve(const Expr& pending, const Goal& goal);

  // What an operator asks of its operands. Nothing else can fail or be false.
  struct Asked {
    Steps steps;
    Choice yes, no;
  };
  Asked ask(const Expr& expr);
  Asked ask(const Unary& unary, const Expr& expr);
  Asked ask(const Binary& binary, const Expr& expr);
  Asked ask(const HasAttribute& has);
  Asked ask(const Like& like);
  Asked ask(const IsType& is);
  Asked ask(const Call& call, const Expr& expr);
  Asked ask_value(const Expr& expr);
  void ask_order(const Binary& binary, Asked& asked);
  void ask_in(const Binary& binary, const Expr& expr, Asked& asked);
  void ask_in_value(TermId left, TermId right, const Expr& expr, Asked& asked);
  void ask_sets(const Binary& binary, const Expr& expr, Asked& asked);
  void ask_address(const Call& call, ExtensionFunction function, Asked& asked);
  static Choice assemble(Asked asked, Outcomes outcomes);

  // The term of an expression that stands for a value, and what it needs.
  TermId value(const Expr& expr, Steps& steps);
  TermId value_of_kind(const Expr& expr, ValueKind kind, Steps& steps);
  TermId attribute_value(const GetAttribute& get, Steps& steps);
  TermId arithmetic(const Expr& expr, Steps& steps);
  TermId call_value(const Call& call, const Expr& expr, Steps& steps);
  TermId computed(TermId result, ValueKind kind, const Literals& relation, Steps& steps);
  void require(TermId term, Kinds kinds, Steps& steps);
  const Expr* first_unresolved(const Expr& expr) const;
  const Resolution* resolution(const Expr& expr) const;

  TermId fresh(const Expr& expr, std::uint32_t role) {
    return terms_.unknown(reinterpret_cast<std::uintptr_t>(&expr), role);
  }
  const Expr* keep(Expr::Node node, const Expr& origin);

  Terms& terms_;
  const std::vector<Resolution>* resolutions_ = nullptr;
  std::vector<std::pair<const Expr*, ExprPtr>> kept_;  // expressions made here, by what they were made of
};

}  // namespace bailiwick::cedar::analysis
