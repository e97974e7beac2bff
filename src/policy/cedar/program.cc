#include "policy/cedar/program.h"

#include <algorithm>

#include "base/release.h"
#include "policy/cedar/functions.h"

namespace bailiwick::cedar {

/// Walks an expression and adds what is not there yet.
class ProgramBuilder {
 public:
  explicit ProgramBuilder(Program& program) : program_(program) {}

  std::uint32_t add(const Expr& expr) {
    return std::visit([this](const auto& node) { return build(node); }, expr.node);
  }

 private:
  std::uint32_t build(const Literal& literal) {
    Arena& arena = program_.arena_;
    return constant(std::visit(Overloaded{
                                   [](bool value) { return Value::boolean(value); },
                                   [](std::int64_t value) { return Value::integer(value); },
                                   [&](const std::string& text) { return Value::string(arena.copy(text)); },
                                   [&](const EntityUid& uid) {
                                     return Value::entity(arena.make(program_.entity_names_->name(
                                         program_.entity_names_->intern(uid.type, uid.id))));
                                   },
                               },
                               literal.value));
  }
  std::uint32_t build(Variable variable) {
    switch (variable) {
      case Variable::kPrincipal:
        return node({.op = Op::kPrincipal});
      case Variable::kAction:
        return node({.op = Op::kAction});
      case Variable::kResource:
        return node({.op = Op::kResource});
      case Variable::kContext:
        return node({.op = Op::kContext});
    }
    throw InvariantViolation("a variable that Cedar does not have");
  }
  std::uint32_t build(const SlotReference&) {
    throw InvariantViolation("a template was compiled before it was linked");
  }
  std::uint32_t build(const Unary& unary) {
    static constexpr std::array kOps = {Op::kNot, Op::kNegate, Op::kIsEmpty};
    return node({.op = kOps[static_cast<std::size_t>(unary.op)], .a = add(*unary.operand)});
  }
  std::uint32_t build(const Binary& binary) {
    auto op = static_cast<Op>(static_cast<int>(Op::kEqual) + static_cast<int>(binary.op));
    std::uint32_t left = add(*binary.left);
    return node({.op = op, .a = left, .b = add(*binary.right)});
  }
  std::uint32_t build(const Logic& logic) {
    auto [begin, count] = list(add_all(logic.operands));
    return node({.op = logic.op == LogicOp::kAnd ? Op::kAnd : Op::kOr, .a = begin, .b = count});
  }
  std::uint32_t build(const Conditional& conditional) {
    std::uint32_t test = add(*conditional.test), then = add(*conditional.then);
    return node({.op = Op::kIf, .a = list({test, then, add(*conditional.otherwise)}).begin});
  }
  std::uint32_t build(const GetAttribute& get) {
    return node({.op = Op::kGetAttribute, .a = add(*get.object), .b = name(get.name)});
  }
  std::uint32_t build(const HasAttribute& has) {
    std::vector<std::uint32_t> names;
    for (const std::string& part : has.path) names.push_back(name(part));
    auto [begin, count] = list(names);
    return node({.op = Op::kHasAttribute,
                 .count = static_cast<std::uint16_t>(count),
                 .a = add(*has.object),
                 .b = begin});
  }
  std::uint32_t build(const Like& like) {
    auto [known, added] = program_.known_patterns_.try_emplace(
        to_literal(like.pattern), static_cast<std::uint32_t>(program_.patterns_.size()));
    if (added) program_.patterns_.push_back(like.pattern);
    return node({.op = Op::kLike, .a = add(*like.subject), .b = known->second});
  }
  std::uint32_t build(const IsType& is) {
    std::uint32_t subject = add(*is.subject);
    std::uint32_t test = node({.op = Op::kIs, .a = subject, .b = name(is.type)});
    if (!is.container) return test;
    std::uint32_t in = node({.op = Op::kIn, .a = subject, .b = add(*is.container)});
    auto [begin, count] = list({test, in});
    return node({.op = Op::kAnd, .a = begin, .b = count});
  }
  std::uint32_t build(const SetLiteral& set) {
    std::vector<std::uint32_t> elements = add_all(set.elements);
    if (auto values = all_constant(elements)) {
      std::span<Value> kept = program_.arena_.make_array<Value>(values->size());
      std::ranges::copy(*values, kept.begin());
      return constant(Value::set(make_set(program_.arena_, kept)));
    }
    auto [begin, count] = list(elements);
    return node({.op = Op::kSet, .a = begin, .b = count});
  }
  std::uint32_t build(const RecordLiteral& record) {
    std::vector<std::uint32_t> pairs, values;
    for (const auto& [key, value] : record.fields) {
      pairs.push_back(name(key));
      pairs.push_back(add(*value));
      values.push_back(pairs.back());
    }
    if (auto constants = all_constant(values)) {
      std::span<Field> fields = program_.arena_.make_array<Field>(constants->size());
      for (std::size_t i = 0; i < fields.size(); ++i) {
        fields[i] = {program_.names_[pairs[2 * i]], (*constants)[i]};
      }
      return constant(Value::record(make_record(program_.arena_, fields)));
    }
    auto [begin, count] = list(pairs);
    return node({.op = Op::kRecord, .a = begin, .b = count / 2});
  }
  std::uint32_t build(const Call& call_node) {
    const ExtensionInfo* info = extension_function(call_node.function);
    if (!info) throw InvariantViolation("an extension function that is not there");
    std::vector<std::uint32_t> arguments = add_all(call_node.arguments);
    if (auto values = all_constant(arguments)) {
      CallResult result = call(info->function, *values, program_.arena_);
      if (result.fault == CallFault::kNone) return constant(result.value);
    }
    auto [begin, count] = list(arguments);
    return node({.op = Op::kCall, .function = info->function, .a = begin, .b = count});
  }

  std::vector<std::uint32_t> add_all(const std::vector<ExprPtr>& expressions) {
    std::vector<std::uint32_t> indices;
    indices.reserve(expressions.size());
    for (const ExprPtr& expression : expressions) indices.push_back(add(*expression));
    return indices;
  }

  std::optional<std::vector<Value>> all_constant(const std::vector<std::uint32_t>& indices) const {
    std::vector<Value> values;
    for (std::uint32_t index : indices) {
      const Node& found = program_.nodes_[index];
      if (found.op != Op::kConstant) return std::nullopt;
      values.push_back(program_.constants_[found.a]);
    }
    return values;
  }

  std::uint32_t node(Node made) {
    auto [known, added] =
        program_.known_nodes_.try_emplace(made, static_cast<std::uint32_t>(program_.nodes_.size()));
    if (added) program_.nodes_.push_back(made);
    return known->second;
  }
  std::uint32_t constant(Value value) {
    auto [known, added] =
        program_.known_constants_.try_emplace(value, static_cast<std::uint32_t>(program_.constants_.size()));
    if (added) program_.constants_.push_back(value);
    return node({.op = Op::kConstant, .a = known->second});
  }
  std::uint32_t name(std::string_view text) {
    if (auto known = program_.known_names_.find(text); known != program_.known_names_.end())
      return known->second;
    auto index = static_cast<std::uint32_t>(program_.names_.size());
    program_.names_.push_back(program_.arena_.copy(text));
    program_.known_names_.emplace(program_.names_.back(), index);
    return index;
  }

  struct List {
    std::uint32_t begin, count;
  };
  List list(const std::vector<std::uint32_t>& items) {
    std::uint64_t hash =
        hash_text({reinterpret_cast<const char*>(items.data()), items.size() * sizeof(items[0])});
    auto [known, end] = program_.known_lists_.equal_range(hash);
    auto count = static_cast<std::uint32_t>(items.size());
    for (; known != end; ++known) {
      bool fits = known->second + items.size() <= program_.links_.size();
      if (fits && std::ranges::equal(program_.links(known->second, count), items))
        return {known->second, count};
    }
    auto begin = static_cast<std::uint32_t>(program_.links_.size());
    program_.links_.insert(program_.links_.end(), items.begin(), items.end());
    program_.known_lists_.emplace(hash, begin);
    return {begin, count};
  }

  Program& program_;
};

std::size_t Program::NodeHash::operator()(const Node& node) const {
  std::uint64_t head = static_cast<std::uint64_t>(node.op) | static_cast<std::uint64_t>(node.function) << 8 |
                       static_cast<std::uint64_t>(node.count) << 16;
  std::uint64_t body = static_cast<std::uint64_t>(node.a) << 32 | node.b;
  std::array<std::uint64_t, 2> words = {head, body};
  return hash_text({reinterpret_cast<const char*>(words.data()), sizeof(words)});
}

std::uint32_t Program::add(const Expr& expr) {
  return ProgramBuilder(*this).add(expr);
}

template <class Visit>
void Program::each_child(const Node& node, Visit visit) const {
  switch (node.op) {
    case Op::kConstant:
    case Op::kPrincipal:
    case Op::kAction:
    case Op::kResource:
    case Op::kContext:
      return;
    case Op::kAnd:
    case Op::kOr:
    case Op::kSet:
    case Op::kCall:
      for (std::uint32_t child : links(node.a, node.b)) visit(child);
      return;
    case Op::kIf:
      for (std::uint32_t child : links(node.a, 3)) visit(child);
      return;
    case Op::kRecord:
      for (std::uint32_t i = 0; i < node.b; ++i) visit(links(node.a, 2 * node.b)[2 * i + 1]);
      return;
    case Op::kNot:
    case Op::kNegate:
    case Op::kIsEmpty:
    case Op::kGetAttribute:
    case Op::kHasAttribute:
    case Op::kLike:
    case Op::kIs:
      return visit(node.a);
    default:
      visit(node.a);
      visit(node.b);
  }
}

void Program::finish(std::span<const std::uint32_t> roots) {
  // A part this large costs more to evaluate than to remember.
  constexpr std::uint32_t kWorthwhile = 4;
  std::vector<std::uint32_t> sizes(nodes_.size(), 1), uses(nodes_.size(), 0);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    each_child(nodes_[i],
               [&](std::uint32_t child) { sizes[i] = std::min(sizes[i] + sizes[child], kWorthwhile); });
  }
  // Every place that refers to a node counts, but what stands below it only once: the node is remembered.
  std::vector<bool> reached(nodes_.size(), false);
  std::vector<std::uint32_t> open(roots.begin(), roots.end());
  for (std::uint32_t root : roots) ++uses[root];
  while (!open.empty()) {
    std::uint32_t index = open.back();
    open.pop_back();
    if (reached[index]) continue;
    reached[index] = true;
    each_child(nodes_[index], [&](std::uint32_t child) {
      ++uses[child];
      open.push_back(child);
    });
  }
  std::uint32_t slots = 0;
  shared_slots_.assign(nodes_.size(), 0);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (uses[i] > 1 && sizes[i] >= kWorthwhile) shared_slots_[i] = ++slots;
  }
  if (slots == 0) release(shared_slots_);
  release(known_nodes_);
  release(known_lists_);
  release(known_constants_);
  release(known_names_);
  release(known_patterns_);
}

std::size_t Program::footprint() const {
  return arena_.footprint() + nodes_.capacity() * sizeof(Node) + links_.capacity() * sizeof(std::uint32_t) +
         constants_.capacity() * sizeof(Value) + names_.capacity() * sizeof(std::string_view) +
         shared_slots_.capacity() * sizeof(std::uint32_t);
}

}  // namespace bailiwick::cedar
