// Expressions that stand for values: paths, constants, literals, arithmetic and calls.
#include <limits>

#include "policy/analysis/expander.h"
#include "policy/cedar/functions.h"

namespace bailiwick::cedar::analysis {
namespace {

using Kind = Literal::Kind;

constexpr Wide kLeastLong = std::numeric_limits<std::int64_t>::min();
constexpr Wide kMostLong = std::numeric_limits<std::int64_t>::max();
// Operations of computed terms: Cedar's functions by their number, then these.
enum Operation : std::uint32_t { kNegation = 1000, kBinary = 1001 };

ValueKind value_kind(ExtensionType type) {
  switch (type) {
    case ExtensionType::kString:
      return ValueKind::kString;
    case ExtensionType::kBool:
      return ValueKind::kBool;
    case ExtensionType::kLong:
      return ValueKind::kLong;
    case ExtensionType::kDecimal:
      return ValueKind::kDecimal;
    case ExtensionType::kIp:
      return ValueKind::kIp;
    case ExtensionType::kDatetime:
      return ValueKind::kDatetime;
    case ExtensionType::kDuration:
      return ValueKind::kDuration;
  }
  return ValueKind::kError;
}

bool is_number_kind(ValueKind kind) {
  return (only(kind) & kNumbers) != 0;
}

}  // namespace

void Expander::require(TermId term, Kinds kinds, Steps& steps) {
  const Term& known = terms_[term];
  bool is_constant = known.shape == Term::Shape::kConstant;
  if (is_constant && (only(known.value.kind()) & kinds) != 0) return;
  if (known.shape == Term::Shape::kVariable) {
    auto kind = known.variable == Variable::kContext ? ValueKind::kRecord : ValueKind::kEntity;
    if ((only(kind) & kinds) != 0) return;
  }
  steps.push_back({{{.literals = {Literal::kinds_of(term, kinds)}}},
                   {{.literals = {Literal::kinds_of(term, static_cast<Kinds>(kAnyKind & ~kinds))}}}});
}

TermId Expander::value_of_kind(const Expr& expr, ValueKind kind, Steps& steps) {
  TermId term = value(expr, steps);
  require(term, only(kind), steps);
  return term;
}

TermId Expander::value(const Expr& expr, Steps& steps) {
  if (const Resolution* known = resolution(expr)) {
    return known->stands_for ? value(*known->stands_for, steps) : known->value;
  }
  auto literal = Overloaded{
      [&](bool made) { return terms_.boolean(made); },
      [&](std::int64_t made) { return terms_.constant(Value::integer(made)); },
      [&](const std::string& made) { return terms_.constant(Value::string(made)); },
      [&](const EntityUid& made) { return terms_.entity(made); },
  };
  return std::visit(Overloaded{
                        [&](const cedar::Literal& made) { return std::visit(literal, made.value); },
                        [&](Variable variable) { return terms_.variable(variable); },
                        [&](const GetAttribute& get) { return attribute_value(get, steps); },
                        [&](const SetLiteral& set) {
                          std::vector<TermId> elements;
                          for (const ExprPtr& element : set.elements)
                            elements.push_back(value(*element, steps));
                          return terms_.set(std::move(elements));
                        },
                        [&](const RecordLiteral& record) {
                          std::vector<std::string_view> names;
                          std::vector<TermId> fields;
                          for (const auto& [name, field] : record.fields) {
                            names.emplace_back(name);
                            fields.push_back(value(*field, steps));
                          }
                          return terms_.record(std::move(names), std::move(fields));
                        },
                        [&](const Call& call) { return call_value(call, expr, steps); },
                        [&](const auto&) { return arithmetic(expr, steps); },
                    },
                    expr.node);
}

TermId Expander::attribute_value(const GetAttribute& get, Steps& steps) {
  TermId object = value(*get.object, steps);
  require(object, only(ValueKind::kEntity) | only(ValueKind::kRecord), steps);
  TermId attribute = terms_.attribute(object, get.name);
  require(attribute, kPresent, steps);
  return attribute;
}

/// What `relation` makes of its operands, which must fit into 64 bits.
TermId Expander::computed(TermId result, ValueKind kind, const Literals& relation, Steps& steps) {
  auto with = [&](std::initializer_list<Literal> more) {
    Literals all = relation;
    all.insert(all.end(), more);
    return Alternative{.literals = std::move(all)};
  };
  steps.push_back({{with({Literal::kinds_of(result, only(kind))})},
                   {with({Literal::at_least(result, kMostLong + 1)}),
                    with({Literal::at_most(result, kNoTerm, kLeastLong - 1)})}});
  return result;
}

TermId Expander::arithmetic(const Expr& expr, Steps& steps) {
  constexpr Kinds kLong = only(ValueKind::kLong);
  if (const auto* unary = std::get_if<Unary>(&expr.node)) {
    TermId x = value_of_kind(*unary->operand, ValueKind::kLong, steps);
    TermId zero = terms_.constant(Value::integer(0)), result = terms_.computed(kNegation, {x});
    return computed(result, ValueKind::kLong, {{.kind = Kind::kSum, .a = zero, .b = result, .c = x}}, steps);
  }
  const auto* binary = std::get_if<Binary>(&expr.node);
  if (!binary) return fresh(expr, 0);  // a slot, which no policy that decides has
  TermId x = value(*binary->left, steps), y = value(*binary->right, steps);
  if (binary->op == BinaryOp::kGetTag) {
    require(x, only(ValueKind::kEntity), steps);
    require(y, only(ValueKind::kString), steps);
    TermId tag = terms_.tag(x, y);
    require(tag, kPresent, steps);
    return tag;
  }
  require(x, kLong, steps);
  require(y, kLong, steps);
  TermId result = terms_.computed(kBinary + static_cast<std::uint32_t>(binary->op), {x, y});
  analysis::Literal relation{.kind = Kind::kSum, .a = result, .b = x, .c = y};
  if (binary->op == BinaryOp::kMultiply) relation.kind = Kind::kProduct;
  if (binary->op == BinaryOp::kSubtract) relation = {.kind = Kind::kSum, .a = x, .b = result, .c = y};
  return computed(result, ValueKind::kLong, {relation}, steps);
}

TermId Expander::call_value(const Call& call, const Expr& expr, Steps& steps) {
  using F = ExtensionFunction;
  const ExtensionInfo* info = extension_function(call.function);
  std::vector<TermId> arguments;
  for (const ExprPtr& argument : call.arguments) arguments.push_back(value(*argument, steps));
  const Step fails{{}, {Alternative{}}};
  if (!info || arguments.size() != info->arity) {
    steps.push_back(fails);
    return fresh(expr, 0);
  }
  TermId result = terms_.computed(static_cast<std::uint32_t>(info->function), arguments);
  for (std::size_t i = 0; i < arguments.size(); ++i)
    require(arguments[i], only(value_kind(info->takes[i])), steps);
  ValueKind gives = value_kind(info->gives);
  if (info->is_constructor()) {
    const Term& text = terms_[arguments.front()];
    if (text.shape != Term::Shape::kConstant || !text.value.is(ValueKind::kString)) {
      // Any text, any value: more than is possible.
      steps.push_back({{{.literals = {analysis::Literal::kinds_of(result, only(gives))}}}, {Alternative{}}});
      return result;
    }
    CallResult made = cedar::call(info->function, std::span(&text.value, 1), terms_.arena());
    if (made.fault == CallFault::kNone) return terms_.constant(made.value);
    steps.push_back(fails);
    return result;
  }
  if (!is_number_kind(gives)) return result;
  TermId x = arguments.front(), y = arguments.back();
  if (info->function == F::kOffset)
    return computed(result, gives, {{.kind = Kind::kSum, .a = result, .b = x, .c = y}}, steps);
  if (info->function == F::kDurationSince)
    return computed(result, gives, {{.kind = Kind::kSum, .a = x, .b = result, .c = y}}, steps);
  if (info->function == F::kToMilliseconds) {
    TermId zero = terms_.constant(Value::integer(0));
    return computed(result, gives, {{.kind = Kind::kSum, .a = result, .b = x, .c = zero}}, steps);
  }
  return computed(result, gives, {{.kind = Kind::kFunction, .function = info->function, .a = result, .b = x}},
                  steps);
}

Expander::Asked Expander::ask(const Call& call, const Expr& expr) {
  const ExtensionInfo* info = extension_function(call.function);
  if (!info || info->gives != ExtensionType::kBool) return ask_value(expr);
  Asked asked;
  if (call.arguments.size() != info->arity) {
    for (const ExprPtr& argument : call.arguments) value(*argument, asked.steps);
    asked.steps.push_back({{}, {Alternative{}}});
    return asked;
  }
  if (info->takes[0] == ExtensionType::kIp) {
    ask_address(call, info->function, asked);
    return asked;
  }
  TermId left = value(*call.arguments[0], asked.steps), right = value(*call.arguments[1], asked.steps);
  require(left, only(ValueKind::kDecimal), asked.steps);
  require(right, only(ValueKind::kDecimal), asked.steps);
  using F = ExtensionFunction;
  bool swapped = info->function == F::kDecimalGreater || info->function == F::kDecimalGreaterEqual;
  if (swapped) std::swap(left, right);
  Wide gap = info->function == F::kDecimalLess || info->function == F::kDecimalGreater ? -1 : 0;
  asked.yes = {{.literals = {analysis::Literal::at_most(left, right, gap)}}};
  asked.no = {{.literals = {analysis::Literal::at_most(right, left, -1 - gap)}}};
  return asked;
}

void Expander::ask_address(const Call& call, ExtensionFunction function, Asked& asked) {
  using F = ExtensionFunction;
  std::vector<TermId> ranges;
  TermId address = value(*call.arguments[0], asked.steps);
  if (function == F::kIsInRange) ranges.push_back(value(*call.arguments[1], asked.steps));
  require(address, only(ValueKind::kIp), asked.steps);
  if (function == F::kIsInRange) require(ranges.front(), only(ValueKind::kIp), asked.steps);
  auto add = [&](std::string_view range) {
    ranges.push_back(terms_.constant(Value::ip(terms_.arena().make(*IpAddress::parse(range)))));
  };
  if (function == F::kIsIpv4) add("0.0.0.0/0");
  if (function == F::kIsIpv6) add("::/0");
  if (function == F::kIsLoopback) {
    add("127.0.0.0/8");
    add("::1/128");
  }
  if (function == F::kIsMulticast) {
    add("224.0.0.0/4");
    add("ff00::/8");
  }
  Alternative in_none;
  for (TermId range : ranges) {
    asked.yes.push_back({.literals = {analysis::Literal::of(Kind::kInRange, address, range)}});
    in_none.literals.push_back(analysis::Literal::of(Kind::kNotInRange, address, range));
  }
  asked.no = {in_none};
}

}  // namespace bailiwick::cedar::analysis
