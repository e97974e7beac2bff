// CandidateTree: the few policies that may apply to a request, found among any number.
//
// Each level looks at one thing of the request (the principal and what it is in, the action, the resource,
// one of their types, or an attribute that policies compare with a constant) and goes on with the policies
// that ask for what it has, and with those that do not ask. What a level has not settled of a policy's scope
// is asked at the leaf. A policy that is passed over would have been false; one whose attribute cannot be
// read is never passed over.
//
// Entities are asked for by symbol and tables are dense, because a decision is as quick as the memory that it
// touches is near.
#pragma once

#include "policy/cedar/request_symbols.h"
#include "policy/cedar/scope_keys.h"

namespace bailiwick::cedar {

class CandidateTree {
 public:
  /// The policies are known by their place in `keys`; `policies` says which of them the tree holds.
  void build(std::span<const ScopeKeys> keys, std::vector<std::uint32_t> policies);

  /// Calls `visit` with each policy whose scope holds and that may apply, once; it returns whether to go on.
  /// False when it was stopped.
  template <class Visit>
  bool visit(Evaluator& evaluator, const RequestSymbols& symbols, Visit visit) const {
    return Walk<Visit>(*this, evaluator, symbols, visit).go(root_);
  }

  std::size_t footprint() const;

 private:
  enum class Question : std::uint8_t {
    kPrincipal,
    kAction,
    kResource,
    kPrincipalType,
    kResourceType,
    kValue
  };

  /// A node, or the place of a list in lists_.
  using Branch = std::uint32_t;
  static constexpr Branch kNodeBit = 0x80000000;
  static constexpr Branch kNothing = 0;  ///< the empty list, which stands first

  /// What is keyed by one entity, type or value.
  struct Slot {
    std::uint32_t key = 0;     ///< a symbol, or one more than the place in types_ or values_; 0: free
    std::uint32_t print = 0;   ///< of a type or a value: half of its hash
    Branch exact = kNothing;   ///< the request's own is this one
    Branch within = kNothing;  ///< the request's own is this one or below it
  };
  struct Node {
    Question question;
    std::uint32_t value_node = 0;   ///< of kValue: what to evaluate
    std::uint32_t slots_begin = 0;  ///< a table whose size is a power of two
    std::uint32_t slots_mask = 0;
    Branch rest = kNothing;  ///< policies that do not ask
    Branch all = kNothing;   ///< of kValue: every policy that asks, for when it cannot be evaluated
  };
  /// A list is a count and entries; an entry is this word and one or more for each part of the scope that is
  /// left to be asked: a symbol, or a place in types_, or a count and as many symbols of actions.
  struct Entry {
    static constexpr std::uint32_t kRepeated = 1U << kScopePartBits;
    static constexpr std::uint32_t kPolicyShift = kScopePartBits + 1;
    /// In a part's word: the entity itself is asked for, not one above it.
    static constexpr std::uint32_t kExact = 0x80000000;
  };

  class Builder;
  template <class Visit>
  struct Walk;

  static std::uint32_t spread(Symbol symbol) { return symbol * 0x9E3779B1U; }
  const Slot* find_symbol(const Node& node, Symbol symbol) const;
  const Slot* find_type(const Node& node, std::string_view type) const;
  const Slot* find_value(const Node& node, const Value& value) const;
  /// Whether the parts of the scope that begin at `at` hold; moves behind them.
  bool holds(ScopeParts parts, const std::uint32_t*& at, const RequestSymbols& symbols) const;

  Branch root_ = kNothing;
  std::vector<Node> nodes_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> lists_ = {0};
  std::vector<std::string_view> types_;
  std::vector<Value> values_;
};

template <class Visit>
struct CandidateTree::Walk {
  Walk(const CandidateTree& of, Evaluator& with, const RequestSymbols& asked, Visit& by)
      : tree_(of), evaluator_(with), symbols_(asked), visit_(by) {}

  bool go(Branch branch) {
    if (!(branch & kNodeBit)) return branch == kNothing || list(&tree_.lists_[branch]);
    const Node& node = tree_.nodes_[branch & ~kNodeBit];
    return ask(node) && go(node.rest);
  }

 private:
  static constexpr std::size_t kMaxRepeated = 64;

  bool list(const std::uint32_t* at) {
    for (std::uint32_t left = *at++; left > 0; --left) {
      std::uint32_t entry = *at++;
      if (!tree_.holds(entry & kAllScopeParts, at, symbols_)) continue;
      std::uint32_t policy = entry >> Entry::kPolicyShift;
      if ((entry & Entry::kRepeated) && !first_time(policy)) continue;
      if (!visit_(policy)) return false;
    }
    return true;
  }
  /// Past `kMaxRepeated` a policy may be visited again, which costs time and changes nothing.
  bool first_time(std::uint32_t policy) {
    for (std::size_t i = 0; i < seen_count_; ++i) {
      if (seen_[i] == policy) return false;
    }
    if (seen_count_ < kMaxRepeated) seen_[seen_count_++] = policy;
    return true;
  }

  bool ask(const Node& node) {
    switch (node.question) {
      case Question::kPrincipal:
        return entity(node, symbols_.principal);
      case Question::kResource:
        return entity(node, symbols_.resource);
      case Question::kAction:
        return entity(node, symbols_.action);
      case Question::kPrincipalType:
        return type(node, symbols_.principal.type);
      case Question::kResourceType:
        return type(node, symbols_.resource.type);
      case Question::kValue:
        return value(node);
    }
    return true;
  }

  bool entity(const Node& node, const EntitySymbols& asked) {
    if (const Slot* slot = tree_.find_symbol(node, asked.own);
        slot && (!go(slot->exact) || !go(slot->within)))
      return false;
    for (Symbol above : asked.above) {
      const Slot* slot = tree_.find_symbol(node, above);
      if (slot && !go(slot->within)) return false;
    }
    return true;
  }
  bool type(const Node& node, std::string_view asked) {
    const Slot* slot = tree_.find_type(node, asked);
    return !slot || go(slot->exact);
  }
  bool value(const Node& node) {
    Value found = evaluator_.evaluate(node.value_node);
    // The rest is walked behind this, so a failure must not walk it twice.
    if (found.is_error()) return go(node.all);
    const Slot* slot = tree_.find_value(node, found);
    return !slot || go(slot->exact);
  }

  const CandidateTree& tree_;
  Evaluator& evaluator_;
  const RequestSymbols& symbols_;
  Visit& visit_;
  std::size_t seen_count_ = 0;
  // As many as are counted: clearing it would cost each decision.
  std::array<std::uint32_t, kMaxRepeated> seen_;
};

}  // namespace bailiwick::cedar
