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
    tree_.repeated_.resize(keys.size());
  }

  Branch build(Policies policies) {
    if (policies.size() <= kLeaf) return list(policies);
    std::vector<Split> all = splits(policies);
    Split& best = *std::ranges::min_element(all, {}, &Split::cost);
    // A fifth fewer, or the level costs more than it saves. This also bounds the depth.
    if (best.cost() * 5 > policies.size() * 4) return list(policies);
    return branch(std::move(best), policies);
  }

 private:
  static constexpr std::size_t kLeaf = 4;

  /// Of the entity, type or value that a bucket's policies ask for.
  struct Key {
    Uid uid;
    std::string_view type;
    Value value;
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
        if (other.uid == key.uid && other.type == key.type && other.value == key.value)
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
        for (const Uid& uid : keys.actions)
          add(bucket(Key{uid, {}, {}, uid.hash}), keys.action_match, policy);
        return true;
      }
      case Question::kValue:
        for (const ValueKey& key : keys.values) {
          if (key.node != value_node) continue;
          bucket(Key{{}, {}, key.value, hash_value(key.value)}).exact.push_back(policy);
          return true;
        }
        return false;
    }
    return false;
  }
  template <class BucketOf>
  static bool place_entity(std::uint32_t policy, const EntityKey& key, BucketOf& bucket) {
    if (key.match == EntityKey::Match::kAny) return false;
    add(bucket(Key{key.uid, {}, {}, key.uid.hash}), key.match, policy);
    return true;
  }
  template <class BucketOf>
  static bool place_type(std::uint32_t policy, const EntityKey& key, BucketOf& bucket) {
    if (key.type.empty()) return false;
    bucket(Key{{}, key.type, {}, hash_text(key.type)}).exact.push_back(policy);
    return true;
  }
  static void add(Bucket& bucket, EntityKey::Match match, std::uint32_t policy) {
    (match == EntityKey::Match::kExact ? bucket.exact : bucket.within).push_back(policy);
  }

  Branch branch(Split split, const Policies& policies) {
    auto index = static_cast<std::uint32_t>(tree_.nodes_.size());
    tree_.nodes_.push_back({split.question, split.value_node, 0, 0, {}, {}});
    if (split.question == Question::kAction) mark_repeated(policies);
    std::size_t size = std::bit_ceil(split.buckets.size() * 2);
    std::vector<Slot> table(size);
    for (Bucket& bucket : split.buckets) {
      std::size_t at = bucket.key.hash & (size - 1);
      while (table[at].used) at = (at + 1) & (size - 1);
      table[at] = {bucket.key.hash, keep(split.question, bucket.key), true, {}, {}};
      table[at].exact = build(std::move(bucket.exact));
      table[at].within = build(std::move(bucket.within));
    }
    Branch rest = build(split.rest);
    // A failing value looks at all below it but the rest, which is walked anyway.
    Policies asking;
    if (split.question == Question::kValue) {
      std::ranges::set_difference(policies, split.rest, std::back_inserter(asking));
    }
    Node& node = tree_.nodes_[index];
    node.slots_begin = static_cast<std::uint32_t>(tree_.slots_.size());
    node.slots_mask = static_cast<std::uint32_t>(size - 1);
    node.rest = rest;
    node.all = list(asking);
    tree_.slots_.insert(tree_.slots_.end(), table.begin(), table.end());
    return {index, Branch::kNode};
  }

  void mark_repeated(const Policies& policies) {
    for (std::uint32_t policy : policies) {
      if (keys_[policy].actions.size() > 1) tree_.repeated_[policy] = true;
    }
  }

  std::uint32_t keep(Question question, const Key& key) {
    auto append = [](auto& to, const auto& what) {
      to.push_back(what);
      return static_cast<std::uint32_t>(to.size() - 1);
    };
    switch (question) {
      case Question::kPrincipalType:
      case Question::kResourceType:
        return append(tree_.types_, key.type);
      case Question::kValue:
        return append(tree_.values_, key.value);
      default:
        return append(tree_.uids_, key.uid);
    }
  }

  Branch list(const Policies& policies) {
    auto begin = static_cast<std::uint32_t>(tree_.lists_.size());
    tree_.lists_.insert(tree_.lists_.end(), policies.begin(), policies.end());
    return {begin, static_cast<std::uint32_t>(policies.size())};
  }

  CandidateTree& tree_;
  std::span<const ScopeKeys> keys_;
};

void CandidateTree::build(std::span<const ScopeKeys> keys, std::vector<std::uint32_t> policies) {
  *this = CandidateTree();
  std::ranges::sort(policies);
  root_ = Builder(*this, keys).build(std::move(policies));
}

const CandidateTree::Slot* CandidateTree::find_uid(const Node& node, const Uid& uid) const {
  for (std::uint32_t at = static_cast<std::uint32_t>(uid.hash) & node.slots_mask;;
       at = (at + 1) & node.slots_mask) {
    const Slot& slot = slots_[node.slots_begin + at];
    if (!slot.used) return nullptr;
    if (slot.hash == uid.hash && uids_[slot.key] == uid) return &slot;
  }
}

const CandidateTree::Slot* CandidateTree::find_type(const Node& node, std::string_view type,
                                                    std::uint64_t hash) const {
  for (std::uint32_t at = static_cast<std::uint32_t>(hash) & node.slots_mask;;
       at = (at + 1) & node.slots_mask) {
    const Slot& slot = slots_[node.slots_begin + at];
    if (!slot.used) return nullptr;
    if (slot.hash == hash && types_[slot.key] == type) return &slot;
  }
}

const CandidateTree::Slot* CandidateTree::find_value(const Node& node, const Value& value) const {
  std::uint64_t hash = hash_value(value);
  for (std::uint32_t at = static_cast<std::uint32_t>(hash) & node.slots_mask;;
       at = (at + 1) & node.slots_mask) {
    const Slot& slot = slots_[node.slots_begin + at];
    if (!slot.used) return nullptr;
    if (slot.hash == hash && values_[slot.key] == value) return &slot;
  }
}

std::size_t CandidateTree::footprint() const {
  return nodes_.capacity() * sizeof(Node) + slots_.capacity() * sizeof(Slot) +
         lists_.capacity() * sizeof(std::uint32_t) + uids_.capacity() * sizeof(Uid) +
         types_.capacity() * sizeof(std::string_view) + values_.capacity() * sizeof(Value);
}

}  // namespace bailiwick::cedar
