// CandidateTree: the few policies that may apply to a request, found among any number.
//
// Each level looks at one thing of the request (the principal and what it is in, the action, the resource,
// one of their types, or an attribute that policies compare with a constant) and goes on with the policies
// that ask for what it has, and with those that do not ask. What is left is evaluated in full. A policy that
// is passed over would have been false; one whose attribute cannot be read is never passed over.
#pragma once

#include "policy/cedar/evaluator.h"
#include "policy/cedar/scope_keys.h"

namespace bailiwick::cedar {

class CandidateTree {
 public:
  /// The policies are known by their place in `keys`; `policies` says which of them the tree holds.
  void build(std::span<const ScopeKeys> keys, std::vector<std::uint32_t> policies);

  /// Calls `visit` with each candidate, once; it returns whether to go on. False when it was stopped.
  template <class Visit>
  bool visit(Evaluator& evaluator, Visit visit) const {
    Walk<Visit> walk{*this, evaluator, visit, {}, 0};
    return walk.go(root_);
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

  /// A list of policies, or a node.
  struct Branch {
    static constexpr std::uint32_t kNode = 0xFFFFFFFF;
    std::uint32_t begin = 0;
    std::uint32_t count = 0;  ///< kNode: `begin` is a node
  };
  /// What is keyed by one entity, type or value.
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t key = 0;  ///< place in the node's kind of keys
    bool used = false;
    Branch exact;   ///< the request's own is this one
    Branch within;  ///< the request's own is this one or below it
  };
  struct Node {
    Question question;
    std::uint32_t value_node = 0;   ///< of kValue: what to evaluate
    std::uint32_t slots_begin = 0;  ///< a table whose size is a power of two
    std::uint32_t slots_mask = 0;
    Branch rest;  ///< policies that do not ask
    Branch all;   ///< of kValue: every policy that asks, for when it cannot be evaluated
  };

  class Builder;
  template <class Visit>
  struct Walk;

  const Slot* find_uid(const Node& node, const Uid& uid) const;
  const Slot* find_type(const Node& node, std::string_view type, std::uint64_t hash) const;
  const Slot* find_value(const Node& node, const Value& value) const;

  Branch root_;
  std::vector<Node> nodes_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> lists_;
  std::vector<Uid> uids_;
  std::vector<std::string_view> types_;
  std::vector<Value> values_;
  std::vector<bool> repeated_;  // by policy: it hangs in more than one place
};

template <class Visit>
struct CandidateTree::Walk {
  static constexpr std::size_t kMaxRepeated = 64;

  const CandidateTree& tree;
  Evaluator& evaluator;
  Visit& visit;
  std::array<std::uint32_t, kMaxRepeated> seen;
  std::size_t seen_count;

  bool go(Branch branch) {
    if (branch.count != Branch::kNode) return list(branch);
    const Node& node = tree.nodes_[branch.begin];
    return ask(node) && go(node.rest);
  }

 private:
  bool list(Branch branch) {
    for (std::uint32_t i = 0; i < branch.count; ++i) {
      std::uint32_t policy = tree.lists_[branch.begin + i];
      if (tree.repeated_[policy] && !first_time(policy)) continue;
      if (!visit(policy)) return false;
    }
    return true;
  }
  /// Past `kMaxRepeated` a policy may be visited again, which costs time and changes nothing.
  bool first_time(std::uint32_t policy) {
    for (std::size_t i = 0; i < seen_count; ++i) {
      if (seen[i] == policy) return false;
    }
    if (seen_count < kMaxRepeated) seen[seen_count++] = policy;
    return true;
  }

  bool ask(const Node& node) {
    const Request& request = evaluator.request();
    switch (node.question) {
      case Question::kPrincipal:
        return entity(node, request.principal, evaluator.principal());
      case Question::kResource:
        return entity(node, request.resource, evaluator.resource());
      case Question::kAction:
        return entity(node, request.action, evaluator.action());
      case Question::kPrincipalType:
        return type(node, request.principal);
      case Question::kResourceType:
        return type(node, request.resource);
      case Question::kValue:
        return value(node);
    }
    return true;
  }

  bool entity(const Node& node, const Uid& uid, const Entity* known) {
    if (const Slot* slot = tree.find_uid(node, uid); slot && (!go(slot->exact) || !go(slot->within)))
      return false;
    if (!known) return true;
    for (const Uid& ancestor : known->ancestors) {
      const Slot* slot = tree.find_uid(node, ancestor);
      if (slot && !go(slot->within)) return false;
    }
    return true;
  }
  bool type(const Node& node, const Uid& uid) {
    const Slot* slot = tree.find_type(node, uid.type, hash_text(uid.type));
    return !slot || go(slot->exact);
  }
  bool value(const Node& node) {
    Value found = evaluator.evaluate(node.value_node);
    // The rest is walked behind this, so a failure must not walk it twice.
    if (found.is_error()) return go(node.all);
    const Slot* slot = tree.find_value(node, found);
    return !slot || go(slot->exact);
  }
};

}  // namespace bailiwick::cedar
