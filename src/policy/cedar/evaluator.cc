#include "policy/cedar/evaluator.h"

#include <algorithm>
#include <bit>

#include "policy/cedar/functions.h"

namespace bailiwick::cedar {
namespace {

constexpr RecordData kEmptyRecord = {};

FaultKind fault_of(CallFault fault) {
  switch (fault) {
    case CallFault::kNone:
      return FaultKind::kNone;
    case CallFault::kArity:
      return FaultKind::kArity;
    case CallFault::kType:
      return FaultKind::kType;
    case CallFault::kText:
      return FaultKind::kText;
    case CallFault::kOverflow:
      return FaultKind::kOverflow;
  }
  return FaultKind::kType;
}

bool has_order(ValueKind kind) {
  return kind == ValueKind::kLong || kind == ValueKind::kDatetime || kind == ValueKind::kDuration;
}

}  // namespace

std::string_view describe(FaultKind kind) {
  switch (kind) {
    case FaultKind::kNone:
      return "no fault";
    case FaultKind::kType:
      return "an operand has the wrong type";
    case FaultKind::kNoEntity:
      return "the entity is not known";
    case FaultKind::kNoAttribute:
      return "the attribute is not there: ask with `has` first";
    case FaultKind::kNoTag:
      return "the tag is not there: ask with `hasTag` first";
    case FaultKind::kOverflow:
      return "the result does not fit in 64 bits";
    case FaultKind::kArity:
      return "the function takes another number of arguments";
    case FaultKind::kText:
      return "the text is not of the form that the function reads";
    case FaultKind::kTooMuchWork:
      return "the evaluation took too many steps";
  }
  return {};
}

Evaluator::Evaluator(const Program& program, const Entities& entities, const Request& request,
                     Scratch& scratch)
    : program_(program), entities_(entities), request_(request), scratch_(scratch) {
  find_entities(request);
}

void Evaluator::find_entities(const Request& request) {
  entities_.prefetch(request.principal);
  entities_.prefetch(request.resource);
  action_ = entities_.find(request.action);
  principal_ = request.principal_entity ? request.principal_entity : entities_.find(request.principal);
  resource_ = request.resource_entity ? request.resource_entity : entities_.find(request.resource);
  for (const Entity* entity : {principal_, resource_}) {
    if (!entity) continue;
    __builtin_prefetch(entity->above.data());
    __builtin_prefetch(entity->attributes);
  }
  if (principal_) request_.principal = principal_->uid;
  if (action_) request_.action = action_->uid;
  if (resource_) request_.resource = resource_->uid;
}

Value Evaluator::fail(FaultKind kind, std::uint32_t index) {
  fault_ = {kind, index};
  return {};
}

const Entity* Evaluator::find(const Uid& uid) const {
  if (&uid == &request_.principal) return principal_;
  if (&uid == &request_.resource) return resource_;
  if (&uid == &request_.action) return action_;
  // The same ones, named by an attribute or a rule.
  if (request_.principal_entity && uid == request_.principal) return principal_;
  if (request_.resource_entity && uid == request_.resource) return resource_;
  return entities_.find(uid);
}

Value Evaluator::evaluate(std::uint32_t index) {
  std::uint32_t shared = program_.shared_slot(index);
  if (shared == 0) return evaluate_node(index);
  if (const Value* known = scratch_.recall(shared)) return *known;
  Value value = evaluate_node(index);
  if (!value.is_error()) scratch_.remember(shared, value);
  return value;
}

Value Evaluator::evaluate_node(std::uint32_t index) {
  const Node& node = program_.node(index);
  if (!spend(1)) return fail(FaultKind::kTooMuchWork, index);
  switch (node.op) {
    case Op::kConstant:
      return program_.constant(node.a);
    case Op::kPrincipal:
      return Value::entity(&request_.principal);
    case Op::kAction:
      return Value::entity(&request_.action);
    case Op::kResource:
      return Value::entity(&request_.resource);
    case Op::kContext:
      return Value::record(request_.context ? request_.context : &kEmptyRecord);
    case Op::kAnd:
      return evaluate_logic(node, index);
    case Op::kOr:
      return evaluate_logic(node, index);
    case Op::kIf: {
      Value test = evaluate(program_.links(node.a, 3)[0]);
      if (test.is_error()) return test;
      if (!test.is(ValueKind::kBool)) return fail(FaultKind::kType, index);
      return evaluate(program_.links(node.a, 3)[test.as_bool() ? 1 : 2]);
    }
    case Op::kNot:
    case Op::kNegate:
    case Op::kIsEmpty:
    case Op::kLike:
    case Op::kIs:
      return evaluate_unary(node, index);
    case Op::kGetAttribute:
      return evaluate_attribute(node, index);
    case Op::kHasAttribute:
      return evaluate_has(node, index);
    case Op::kSet:
      return evaluate_set(node, index);
    case Op::kRecord:
      return evaluate_record(node, index);
    case Op::kCall:
      return evaluate_call(node, index);
    default:
      return evaluate_binary(node, index);
  }
}

Value Evaluator::evaluate_logic(const Node& node, std::uint32_t index) {
  bool decides = node.op == Op::kOr;  // the operand that ends the chain
  for (std::uint32_t operand : program_.links(node.a, node.b)) {
    Value value = evaluate(operand);
    if (value.is_error()) return value;
    if (!value.is(ValueKind::kBool)) return fail(FaultKind::kType, index);
    if (value.as_bool() == decides) return value;
  }
  return Value::boolean(!decides);
}

Value Evaluator::evaluate_unary(const Node& node, std::uint32_t index) {
  Value operand = evaluate(node.a);
  if (operand.is_error()) return operand;
  auto expect = [&](ValueKind kind) { return operand.is(kind); };
  switch (node.op) {
    case Op::kNot:
      return expect(ValueKind::kBool) ? Value::boolean(!operand.as_bool()) : fail(FaultKind::kType, index);
    case Op::kIsEmpty:
      if (!expect(ValueKind::kSet)) return fail(FaultKind::kType, index);
      return Value::boolean(operand.as_set().elements.empty());
    case Op::kLike:
      if (!expect(ValueKind::kString)) return fail(FaultKind::kType, index);
      if (!spend(program_.pattern(node.b).cost(operand.as_string())))
        return fail(FaultKind::kTooMuchWork, index);
      return Value::boolean(program_.pattern(node.b).matches(operand.as_string()));
    case Op::kIs:
      if (!expect(ValueKind::kEntity)) return fail(FaultKind::kType, index);
      return Value::boolean(operand.as_entity().type == program_.name(node.b));
    default:
      break;
  }
  std::int64_t negated = 0;
  if (!expect(ValueKind::kLong)) return fail(FaultKind::kType, index);
  if (__builtin_sub_overflow(0, operand.as_number(), &negated)) return fail(FaultKind::kOverflow, index);
  return Value::integer(negated);
}

Value Evaluator::evaluate_binary(const Node& node, std::uint32_t index) {
  Value left = evaluate(node.a);
  if (left.is_error()) return left;
  Value right = evaluate(node.b);
  if (right.is_error()) return right;
  switch (node.op) {
    case Op::kEqual:
    case Op::kNotEqual:
      if (!spend(std::min(weight_of(left), weight_of(right)))) return fail(FaultKind::kTooMuchWork, index);
      return Value::boolean((left == right) == (node.op == Op::kEqual));
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      return evaluate_order(node.op, left, right, index);
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
      return evaluate_arithmetic(node.op, left, right, index);
    case Op::kIn:
      return evaluate_in(left, right, index);
    case Op::kContains:
    case Op::kContainsAll:
    case Op::kContainsAny:
      return evaluate_sets(node.op, left, right, index);
    default:
      return evaluate_tag(node.op, left, right, index);
  }
}

Value Evaluator::evaluate_order(Op op, const Value& left, const Value& right, std::uint32_t index) {
  if (left.kind() != right.kind() || !has_order(left.kind())) return fail(FaultKind::kType, index);
  std::int64_t a = left.as_number(), b = right.as_number();
  switch (op) {
    case Op::kLess:
      return Value::boolean(a < b);
    case Op::kLessEqual:
      return Value::boolean(a <= b);
    case Op::kGreater:
      return Value::boolean(a > b);
    default:
      return Value::boolean(a >= b);
  }
}

Value Evaluator::evaluate_arithmetic(Op op, const Value& left, const Value& right, std::uint32_t index) {
  if (!left.is(ValueKind::kLong) || !right.is(ValueKind::kLong)) return fail(FaultKind::kType, index);
  std::int64_t a = left.as_number(), b = right.as_number(), result = 0;
  bool overflow = op == Op::kAdd        ? __builtin_add_overflow(a, b, &result)
                  : op == Op::kSubtract ? __builtin_sub_overflow(a, b, &result)
                                        : __builtin_mul_overflow(a, b, &result);
  return overflow ? fail(FaultKind::kOverflow, index) : Value::integer(result);
}

Value Evaluator::evaluate_in(const Value& left, const Value& right, std::uint32_t index) {
  if (!left.is(ValueKind::kEntity)) return fail(FaultKind::kType, index);
  const Uid& uid = left.as_entity();
  const Entity* entity = find(uid);
  auto is_in = [&](const Uid& container) { return uid == container || (entity && entity->is_in(container)); };
  if (right.is(ValueKind::kEntity)) return Value::boolean(is_in(right.as_entity()));
  if (!right.is(ValueKind::kSet)) return fail(FaultKind::kType, index);
  std::span<const Value> elements = right.as_set().elements;
  if (!spend(elements.size())) return fail(FaultKind::kTooMuchWork, index);
  // The elements are sorted by kind, so the ends tell whether all are entities.
  auto is_entity = [](const Value& value) { return value.is(ValueKind::kEntity); };
  if (!elements.empty() && (!is_entity(elements.front()) || !is_entity(elements.back()))) {
    return fail(FaultKind::kType, index);
  }
  return Value::boolean(
      std::ranges::any_of(elements, [&](const Value& element) { return is_in(element.as_entity()); }));
}

Value Evaluator::evaluate_sets(Op op, const Value& left, const Value& right, std::uint32_t index) {
  if (!left.is(ValueKind::kSet)) return fail(FaultKind::kType, index);
  if (op == Op::kContains) {
    // A search by halves compares with one element a step.
    if (!spend(weight_of(right) * std::bit_width(left.as_set().elements.size())))
      return fail(FaultKind::kTooMuchWork, index);
    return Value::boolean(left.as_set().contains(right));
  }
  if (!right.is(ValueKind::kSet)) return fail(FaultKind::kType, index);
  std::uint64_t searches = op == Op::kContainsAll ? 1 : std::bit_width(left.as_set().elements.size());
  if (!spend((left.as_set().weight + right.as_set().weight) * searches))
    return fail(FaultKind::kTooMuchWork, index);
  return Value::boolean(op == Op::kContainsAll ? left.as_set().contains_all(right.as_set())
                                               : left.as_set().contains_any(right.as_set()));
}

Value Evaluator::evaluate_tag(Op op, const Value& left, const Value& right, std::uint32_t index) {
  if (!left.is(ValueKind::kEntity) || !right.is(ValueKind::kString)) return fail(FaultKind::kType, index);
  const Entity* entity = find(left.as_entity());
  const Value* tag = entity && entity->tags ? entity->tags->find(right.as_string()) : nullptr;
  if (op == Op::kHasTag) return Value::boolean(tag != nullptr);
  if (tag) return *tag;
  return fail(entity ? FaultKind::kNoTag : FaultKind::kNoEntity, index);
}

Value Evaluator::evaluate_attribute(const Node& node, std::uint32_t index) {
  Value object = evaluate(node.a);
  if (object.is_error()) return object;
  std::string_view name = program_.name(node.b);
  const Value* found = nullptr;
  if (object.is(ValueKind::kRecord)) {
    found = object.as_record().find(name);
  } else if (object.is(ValueKind::kEntity)) {
    const Entity* entity = find(object.as_entity());
    if (!entity) return fail(FaultKind::kNoEntity, index);
    found = entity->attributes ? entity->attributes->find(name) : nullptr;
  } else {
    return fail(FaultKind::kType, index);
  }
  return found ? *found : fail(FaultKind::kNoAttribute, index);
}

Value Evaluator::evaluate_has(const Node& node, std::uint32_t index) {
  Value object = evaluate(node.a);
  if (object.is_error()) return object;
  for (std::uint32_t name : program_.links(node.b, node.count)) {
    const Value* found = nullptr;
    if (object.is(ValueKind::kRecord)) {
      found = object.as_record().find(program_.name(name));
    } else if (object.is(ValueKind::kEntity)) {
      const Entity* entity = find(object.as_entity());
      found = entity && entity->attributes ? entity->attributes->find(program_.name(name)) : nullptr;
    } else {
      return fail(FaultKind::kType, index);
    }
    if (!found) return Value::boolean(false);
    object = *found;
  }
  return Value::boolean(true);
}

Value Evaluator::evaluate_set(const Node& node, std::uint32_t index) {
  if (!spend(node.b)) return fail(FaultKind::kTooMuchWork, index);
  std::span<Value> elements = scratch_.arena().make_array<Value>(node.b);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    elements[i] = evaluate(program_.links(node.a, node.b)[i]);
    if (elements[i].is_error()) return elements[i];
  }
  // Sorting compares each with a few of the others.
  std::uint64_t weight = 0;
  for (const Value& element : elements) weight += weight_of(element);
  if (!spend(weight * std::bit_width(elements.size()))) return fail(FaultKind::kTooMuchWork, index);
  return Value::set(make_set(scratch_.arena(), elements));
}

Value Evaluator::evaluate_record(const Node& node, std::uint32_t index) {
  if (!spend(node.b)) return fail(FaultKind::kTooMuchWork, index);
  std::span<Field> fields = scratch_.arena().make_array<Field>(node.b);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::span<const std::uint32_t> pair = program_.links(node.a, 2 * node.b).subspan(2 * i, 2);
    fields[i] = {program_.name(pair[0]), evaluate(pair[1])};
    if (fields[i].value.is_error()) return fields[i].value;
  }
  return Value::record(make_record(scratch_.arena(), fields));
}

Value Evaluator::evaluate_call(const Node& node, std::uint32_t index) {
  std::span<Value> arguments = scratch_.arena().make_array<Value>(node.b);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    arguments[i] = evaluate(program_.links(node.a, node.b)[i]);
    if (arguments[i].is_error()) return arguments[i];
  }
  CallResult result = call(node.function, arguments, scratch_.arena());
  return result.fault == CallFault::kNone ? result.value : fail(fault_of(result.fault), index);
}

}  // namespace bailiwick::cedar
