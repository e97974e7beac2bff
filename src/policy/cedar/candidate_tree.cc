#include "policy/cedar/candidate_tree.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <map>

namespace bailiwick::cedar {

using Policies = std::vector<std::uint32_t>;

/// Chooses, level by level, the question that leaves the fewest policies.
class CandidateTree::Builder {
 public:
  Builder(CandidateTree& tree, std::span<const ScopeKeys> keys) : tree_(tree), keys_(keys) {
    repeated_.resize(keys.size());
  }

  /// `known` parts of every scope hold where the branch hangs.
  Branch build(Policies policies, ScopeParts known) {
    if (policies.size() <= kLeaf) return list(policies, known);
    std::vector<Split> all = splits(policies);
    Split& best = *std::ranges::min_element(all, {}, &Split::cost);
    // A fifth fewer, or the level costs more than it saves. This also bounds the depth.
    if (best.cost() * 5 > policies.size() * 4) return list(policies, known);
    return branch(std::move(best), policies, known);
  }

 private:
  static constexpr std::size_t kLeaf = 4;

  /// Of the entity, type or value that a bucket's policies ask for.
  struct Key {
    Symbol symbol = 0;
    std::string_view type = {};
    Value value = {};
    std::uint64_t hash = 0;
  };
  struct Bucket {
    Key key;
    Policies exact, within;
    std::size_t size() const { return exact.size() + within.size(); }
  };
  struct Split {
    Question question = Question::kPrincipal;
    std::uint32_t value_node = 0;
    std::vector<Bucket> buckets;
    Policies rest;

    /// How many policies a request has to look at further, at worst.
    std::size_t cost() const {
      std::size_t largest = 0;
      for (const Bucket& bucket : buckets) largest = std::max(largest, bucket.size());
      return rest.size() + largest;
    }
  };

  std::vector<Split> splits(const Policies& policies) const {
    std::vector<Split> all;
    for (Question question : {Question::kPrincipal, Question::kAction, Question::kResource,
                              Question::kPrincipalType, Question::kResourceType}) {
      all.push_back(split(policies, question, 0));
    }
    for (std::uint32_t node : value_nodes(policies)) all.push_back(split(policies, Question::kValue, node));
    return all;
  }

  /// The values that most policies ask for; a few are enough to choose from.
  std::vector<std::uint32_t> value_nodes(const Policies& policies) const {
    std::map<std::uint32_t, std::size_t> counts;
    for (std::uint32_t policy : policies) {
      for (const ValueKey& key : keys_[policy].values) ++counts[key.node];
    }
    std::vector<std::pair<std::size_t, std::uint32_t>> ranked;
    for (auto [node, count] : counts) ranked.emplace_back(count, node);
    std::ranges::sort(ranked, std::greater<>());
    std::vector<std::uint32_t> nodes;
    for (std::size_t i = 0; i < std::min<std::size_t>(ranked.size(), 4); ++i)
      nodes.push_back(ranked[i].second);
    return nodes;
  }

  Split split(const Policies& policies, Question question, std::uint32_t value_node) const {
    Split made{question, value_node, {}, {}};
    std::unordered_multimap<std::uint64_t, std::size_t> known;
    auto bucket = [&](const Key& key) -> Bucket& {
      auto [at, end] = known.equal_range(key.hash);
      for (; at != end; ++at) {
        const Key& other = made.buckets[at->second].key;
        if (other.symbol == key.symbol && other.type == key.type && other.value == key.value)
          return made.buckets[at->second];
      }
      known.emplace(key.hash, made.buckets.size());
      made.buckets.push_back({key, {}, {}});
      return made.buckets.back();
    };
    for (std::uint32_t policy : policies) {
      if (!place(policy, question, value_node, bucket)) made.rest.push_back(policy);
    }
    return made;
  }

  /// False when the policy does not ask this.
  template <class BucketOf>
  bool place(std::uint32_t policy, Question question, std::uint32_t value_node, BucketOf& bucket) const {
    const ScopeKeys& keys = keys_[policy];
    switch (question) {
      case Question::kPrincipal:
        return place_entity(policy, keys.principal, bucket);
      case Question::kResource:
        return place_entity(policy, keys.resource, bucket);
      case Question::kPrincipalType:
        return place_type(policy, keys.principal, bucket);
      case Question::kResourceType:
        return place_type(policy, keys.resource, bucket);
      case Question::kAction: {
        if (keys.action_match == EntityKey::Match::kAny) return false;
        for (Symbol symbol : keys.actions) add(bucket(key_of(symbol)), keys.action_match, policy);
        return true;
      }
      case Question::kValue:
        for (const ValueKey& key : keys.values) {
          if (key.node != value_node) continue;
          bucket(Key{.value = key.value, .hash = hash_value(key.value)}).exact.push_back(policy);
          return true;
        }
        return false;
    }
    return false;
  }
  template <class BucketOf>
  static bool place_entity(std::uint32_t policy, const EntityKey& key, BucketOf& bucket) {
    if (key.match == EntityKey::Match::kAny) return false;
    add(bucket(key_of(key.symbol)), key.match, policy);
    return true;
  }
  template <class BucketOf>
  static bool place_type(std::uint32_t policy, const EntityKey& key, BucketOf& bucket) {
    if (key.type.empty()) return false;
    bucket(Key{.type = key.type, .hash = hash_text(key.type)}).exact.push_back(policy);
    return true;
  }
  static Key key_of(Symbol symbol) { return {.symbol = symbol, .hash = spread(symbol)}; }
  static void add(Bucket& bucket, EntityKey::Match match, std::uint32_t policy) {
    (match == EntityKey::Match::kExact ? bucket.exact : bucket.within).push_back(policy);
  }

  static ScopeParts part_of(Question question) {
    switch (question) {
      case Question::kPrincipal:
        return kPrincipalPart;
      case Question::kAction:
        return kActionPart;
      case Question::kResource:
        return kResourcePart;
      case Question::kPrincipalType:
        return kPrincipalTypePart;
      case Question::kResourceType:
        return kResourceTypePart;
      case Question::kValue:
        break;
    }
    return 0;
  }

  Branch branch(Split split, const Policies& policies, ScopeParts known) {
    auto index = static_cast<std::uint32_t>(tree_.nodes_.size());
    tree_.nodes_.push_back({.question = split.question, .value_node = split.value_node});
    if (split.question == Question::kAction) mark_repeated(policies);
    std::size_t size = std::bit_ceil(split.buckets.size() * 2);
    std::vector<Slot> table(size);
    for (Bucket& bucket : split.buckets) {
      std::size_t at = bucket.key.hash & (size - 1);
      while (table[at].key != 0) at = (at + 1) & (size - 1);
      table[at] = slot(split.question, bucket.key);
      table[at].exact = build(std::move(bucket.exact), known | part_of(split.question));
      table[at].within = build(std::move(bucket.within), known | part_of(split.question));
    }
    Branch rest = build(split.rest, known);
    // A failing value looks at all below it but the rest, which is walked anyway.
    Policies asking;
    if (split.question == Question::kValue) {
      std::ranges::set_difference(policies, split.rest, std::back_inserter(asking));
    }
    Node& node = tree_.nodes_[index];
    node.slots_begin = static_cast<std::uint32_t>(tree_.slots_.size());
    node.slots_mask = static_cast<std::uint32_t>(size - 1);
    node.rest = rest;
    node.all = list(asking, known);
    tree_.slots_.insert(tree_.slots_.end(), table.begin(), table.end());
    return index | kNodeBit;
  }

  void mark_repeated(const Policies& policies) {
    for (std::uint32_t policy : policies) {
      if (keys_[policy].actions.size() > 1) repeated_[policy] = true;
    }
  }

  Slot slot(Question question, const Key& key) {
    Slot made{.key = key.symbol, .print = static_cast<std::uint32_t>(key.hash >> 32)};
    if (question == Question::kValue) {
      tree_.values_.push_back(key.value);
      made.key = static_cast<std::uint32_t>(tree_.values_.size());
    } else if (key.symbol == 0) {
      made.key = type_place(key.type) + 1;
    }
    return made;
  }
  std::uint32_t type_place(std::string_view type) {
    auto [known, is_new] = type_places_.try_emplace(type, static_cast<std::uint32_t>(tree_.types_.size()));
    if (is_new) tree_.types_.push_back(type);
    return known->second;
  }

  Branch list(const Policies& policies, ScopeParts known) {
    if (policies.empty()) return kNothing;
    auto begin = static_cast<std::uint32_t>(tree_.lists_.size());
    tree_.lists_.push_back(static_cast<std::uint32_t>(policies.size()));
    for (std::uint32_t policy : policies) write_entry(policy, keys_[policy].parts() & ~known);
    return begin;
  }
  void write_entry(std::uint32_t policy, ScopeParts parts) {
    const ScopeKeys& keys = keys_[policy];
    auto write = [&](std::uint32_t word) { tree_.lists_.push_back(word); };
    auto exact = [](EntityKey::Match match) { return match == EntityKey::Match::kExact ? Entry::kExact : 0; };
    write(policy << Entry::kPolicyShift | (repeated_[policy] ? Entry::kRepeated : 0) | parts);
    if (parts & kPrincipalPart) write(keys.principal.symbol | exact(keys.principal.match));
    if (parts & kResourcePart) write(keys.resource.symbol | exact(keys.resource.match));
    if (parts & kPrincipalTypePart) write(type_place(keys.principal.type));
    if (parts & kResourceTypePart) write(type_place(keys.resource.type));
    if (parts & kActionPart) {
      write(static_cast<std::uint32_t>(keys.actions.size()) | exact(keys.action_match));
      for (Symbol action : keys.actions) write(action);
    }
  }

  CandidateTree& tree_;
  std::span<const ScopeKeys> keys_;
  std::vector<bool> repeated_;  // by policy: it hangs in more than one place
  std::unordered_map<std::string_view, std::uint32_t> type_places_;
};

void CandidateTree::build(std::span<const ScopeKeys> keys, std::vector<std::uint32_t> policies) {
  *this = CandidateTree();
  std::ranges::sort(policies);
  BW_CHECK(keys.size() < (1ULL << (32 - Entry::kPolicyShift)));
  root_ = Builder(*this, keys).build(std::move(policies), 0);
}

const CandidateTree::Slot* CandidateTree::find_symbol(const Node& node, Symbol symbol) const {
  if (symbol == 0) return nullptr;
  for (std::uint32_t at = spread(symbol) & node.slots_mask;; at = (at + 1) & node.slots_mask) {
    const Slot& slot = slots_[node.slots_begin + at];
    if (slot.key == symbol) return &slot;
    if (slot.key == 0) return nullptr;
  }
}

const CandidateTree::Slot* CandidateTree::find_type(const Node& node, std::string_view type) const {
  std::uint64_t hash = hash_text(type);
  for (std::uint32_t at = static_cast<std::uint32_t>(hash) & node.slots_mask;;
       at = (at + 1) & node.slots_mask) {
    const Slot& slot = slots_[node.slots_begin + at];
    if (slot.key == 0) return nullptr;
    if (slot.print == hash >> 32 && types_[slot.key - 1] == type) return &slot;
  }
}

const CandidateTree::Slot* CandidateTree::find_value(const Node& node, const Value& value) const {
  std::uint64_t hash = hash_value(value);
  for (std::uint32_t at = static_cast<std::uint32_t>(hash) & node.slots_mask;;
       at = (at + 1) & node.slots_mask) {
    const Slot& slot = slots_[node.slots_begin + at];
    if (slot.key == 0) return nullptr;
    if (slot.print == hash >> 32 && values_[slot.key - 1] == value) return &slot;
  }
}

bool CandidateTree::holds(ScopeParts parts, const std::uint32_t*& at, const RequestSymbols& symbols) const {
  auto matches = [](const EntitySymbols& asked, std::uint32_t word) {
    return word & Entry::kExact ? asked.own == (word & ~Entry::kExact) : asked.is_in(word);
  };
  bool hold = true;
  if (parts & kPrincipalPart) hold = matches(symbols.principal, *at++);
  if (parts & kResourcePart) hold = matches(symbols.resource, *at++) && hold;
  if (parts & kPrincipalTypePart) hold = types_[*at++] == symbols.principal.type && hold;
  if (parts & kResourceTypePart) hold = types_[*at++] == symbols.resource.type && hold;
  if (!(parts & kActionPart)) return hold;
  std::uint32_t exact = *at & Entry::kExact;
  std::span<const std::uint32_t> actions(at + 1, *at & ~Entry::kExact);
  at += 1 + actions.size();
  return hold &&
         std::ranges::any_of(actions, [&](Symbol action) { return matches(symbols.action, action | exact); });
}

std::size_t CandidateTree::footprint() const {
  return nodes_.capacity() * sizeof(Node) + slots_.capacity() * sizeof(Slot) +
         lists_.capacity() * sizeof(std::uint32_t) + values_.capacity() * sizeof(Value);
}

}  // namespace bailiwick::cedar
