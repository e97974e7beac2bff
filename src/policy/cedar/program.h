// Program: expressions as flat nodes that refer to each other by number.
//
// Equal sub-expressions of every policy in it are one node. Nodes refer only to earlier ones, so evaluation
// ends; their depth is the parser's.
#pragma once

#include <deque>
#include <map>
#include <unordered_map>

#include "policy/cedar/ast.h"
#include "policy/cedar/entity_names.h"
#include "policy/cedar/extension.h"

namespace bailiwick::cedar {

enum class Op : std::uint8_t {
  kConstant,  ///< a: index into constants
  kPrincipal,
  kAction,
  kResource,
  kContext,
  kNot,      ///< a
  kNegate,   ///< a
  kIsEmpty,  ///< a
  kAnd,      ///< links [a, a + b)
  kOr,       ///< links [a, a + b)
  kIf,       ///< links a, a + 1, a + 2: test, then, otherwise
  kEqual,    ///< a, b; so the next ones
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kIn,
  kContains,
  kContainsAll,
  kContainsAny,
  kHasTag,
  kGetTag,
  kGetAttribute,  ///< a: object, b: name
  kHasAttribute,  ///< a: object, names links [b, b + count)
  kLike,          ///< a: subject, b: pattern
  kIs,            ///< a: subject, b: name of the type
  kSet,           ///< links [a, a + b)
  kRecord,        ///< links [a, a + 2b): name and value in turn
  kCall,          ///< function; links [a, a + b)
};

struct Node {
  Op op = Op::kConstant;
  ExtensionFunction function = {};  ///< of kCall
  std::uint16_t count = 0;          ///< of kHasAttribute
  std::uint32_t a = 0;
  std::uint32_t b = 0;

  friend bool operator==(const Node&, const Node&) = default;
};

class Program {
 public:
  explicit Program(EntityNamesPtr names = nullptr)
      : entity_names_(names ? std::move(names) : std::make_shared<EntityNames>()) {}

  /// The node of an expression without slots. The same expression always gives the same node.
  std::uint32_t add(const Expr& expr);

  const Node& node(std::uint32_t index) const { return nodes_[index]; }
  std::span<const std::uint32_t> links(std::uint32_t begin, std::uint32_t count) const {
    return std::span(links_).subspan(begin, count);
  }
  const Value& constant(std::uint32_t index) const { return constants_[index]; }
  std::string_view name(std::uint32_t index) const { return names_[index]; }
  const Pattern& pattern(std::uint32_t index) const { return patterns_[index]; }

  /// The last step: finds the parts that several of these expressions have in common and are worth
  /// remembering, and forgets what only adding needs.
  void finish(std::span<const std::uint32_t> roots);
  /// Where a shared part is remembered; 0 when it is not.
  std::uint32_t shared_slot(std::uint32_t index) const {
    return index < shared_slots_.size() ? shared_slots_[index] : 0;
  }

  Arena& arena() { return arena_; }
  EntityNames& entity_names() { return *entity_names_; }
  const EntityNames& entity_names() const { return *entity_names_; }
  std::size_t size() const { return nodes_.size(); }
  std::size_t footprint() const;

 private:
  friend class ProgramBuilder;

  template <class Visit>
  void each_child(const Node& node, Visit visit) const;

  struct NodeHash {
    std::size_t operator()(const Node& node) const;
  };

  EntityNamesPtr entity_names_;
  Arena arena_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> links_;
  std::vector<Value> constants_;
  std::vector<std::string_view> names_;
  std::deque<Pattern> patterns_;
  std::vector<std::uint32_t> shared_slots_;

  // What is there already, for finding it again.
  std::unordered_map<Node, std::uint32_t, NodeHash> known_nodes_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> known_lists_;  // hash → begin in links_
  std::map<Value, std::uint32_t> known_constants_;
  std::unordered_map<std::string_view, std::uint32_t> known_names_;
  std::unordered_map<std::string, std::uint32_t> known_patterns_;
};

}  // namespace bailiwick::cedar
