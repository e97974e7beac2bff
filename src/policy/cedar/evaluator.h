// Evaluator: what a node of a program gives for one request.
//
// Bounded: a program has no loops, its depth is the parser's, and every step over data is counted. Takes
// memory only from the scratch that it is given. What several policies share is evaluated once. An evaluation
// that fails has a fault that says why and where.
#pragma once

#include "policy/cedar/entities.h"
#include "policy/cedar/program.h"
#include "policy/cedar/scratch.h"

namespace bailiwick::cedar {

/// May this principal do this action on this resource, in this context?
struct Request {
  Uid principal;
  Uid action;
  Uid resource;
  const RecordData* context = nullptr;  ///< null: empty
  // What the request itself says of them; null: what the entities say.
  const Entity* principal_entity = nullptr;
  const Entity* resource_entity = nullptr;
};

enum class FaultKind : std::uint8_t {
  kNone,
  kType,      ///< an operand of the wrong type
  kNoEntity,  ///< an attribute or tag of an entity that is not there
  kNoAttribute,
  kNoTag,
  kOverflow,
  kArity,  ///< an extension function with too many or too few arguments
  kText,   ///< text that is no decimal, address, time or duration
  kTooMuchWork,
};

struct Fault {
  FaultKind kind = FaultKind::kNone;
  std::uint32_t node = 0;
};
std::string_view describe(FaultKind kind);

class Evaluator {
 public:
  /// For one decision. `scratch` has begun it.
  Evaluator(const Program& program, const Entities& entities, const Request& request, Scratch& scratch);

  /// kError when it failed; `fault()` then says why.
  Value evaluate(std::uint32_t index);
  const Fault& fault() const { return fault_; }

  /// Taken so far; see kMaxSteps.
  std::uint64_t steps() const { return steps_; }
  const Request& request() const { return request_; }
  // Null when the entity is not known.
  const Entity* principal() const { return principal_; }
  const Entity* action() const { return action_; }
  const Entity* resource() const { return resource_; }

  /// Steps of one decision: nodes visited and elements of data touched.
  static constexpr std::uint64_t kMaxSteps = 1'000'000;

 private:
  Value fail(FaultKind kind, std::uint32_t index);
  bool spend(std::size_t steps) { return (steps_ += steps) <= kMaxSteps; }
  const Entity* find(const Uid& uid) const;

  Value evaluate_node(std::uint32_t index);
  Value evaluate_logic(const Node& node, std::uint32_t index);
  Value evaluate_unary(const Node& node, std::uint32_t index);
  Value evaluate_binary(const Node& node, std::uint32_t index);
  Value evaluate_order(Op op, const Value& left, const Value& right, std::uint32_t index);
  Value evaluate_arithmetic(Op op, const Value& left, const Value& right, std::uint32_t index);
  Value evaluate_in(const Value& left, const Value& right, std::uint32_t index);
  Value evaluate_sets(Op op, const Value& left, const Value& right, std::uint32_t index);
  Value evaluate_tag(Op op, const Value& left, const Value& right, std::uint32_t index);
  Value evaluate_attribute(const Node& node, std::uint32_t index);
  Value evaluate_has(const Node& node, std::uint32_t index);
  Value evaluate_set(const Node& node, std::uint32_t index);
  Value evaluate_record(const Node& node, std::uint32_t index);
  Value evaluate_call(const Node& node, std::uint32_t index);

  /// Looks the three up at once: each is far away, and none waits for another.
  void find_entities(const Request& request);

  const Program& program_;
  const Entities& entities_;
  Request request_;  // names as the entities have them, which policies are compared with fastest
  Scratch& scratch_;
  const Entity* principal_ = nullptr;
  const Entity* action_ = nullptr;
  const Entity* resource_ = nullptr;
  std::uint64_t steps_ = 0;
  Fault fault_;
};

}  // namespace bailiwick::cedar
