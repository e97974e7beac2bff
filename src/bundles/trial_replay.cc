// Recorded decisions, made again under the rules of a bundle that is tried out.
#include "base/json_members.h"
#include "bundles/trial.h"
#include "policy/role_kernel.h"

namespace bailiwick::bundles {
namespace {

constexpr std::chrono::seconds kLongest{3};

struct Outcome {
  Decided decided = Decided::kDeny;
  std::string reason;
};

policy::AccessEntity entity_in(const json::object& request, std::string_view member) {
  const json::object* entity = object_member(request, member);
  if (entity == nullptr) return {};
  return {text_member(*entity, "type"), text_member(*entity, "id"), object_member(*entity, "properties")};
}

policy::AccessRequest request_of(const json::object& recorded) {
  policy::AccessRequest request{.subject = entity_in(recorded, "subject"),
                                .action = {},
                                .action_properties = nullptr,
                                .resource = entity_in(recorded, "resource"),
                                .context = object_member(recorded, "context")};
  if (const json::object* action = object_member(recorded, "action")) {
    request.action = text_member(*action, "name");
    request.action_properties = object_member(*action, "properties");
  }
  return request;
}

class Deciding {
 public:
  Deciding(const snapshot::ParsedBundle& bundle, const policy::Rules* guardrails)
      : bundle_(bundle), guardrails_(guardrails) {}

  Outcome decide(const identity::PastQuestion& past) const {
    policy::Question question = past.question();
    question.guardrails = guardrails_;
    question.rules = bundle_.files.compiled_rules.get();
    policy::Decision decision = kernel_.decide(question);
    return {decision.effect == policy::Effect::kAllow ? Decided::kAllow : Decided::kDeny,
            std::move(decision.reason)};
  }

  Outcome decide(const RecordedEvaluation& evaluation) const {
    if (!bundle_.files.access) return {Decided::kDeny, "access.none"};
    auto request = parse_json_object(evaluation.request);
    if (!request) return {Decided::kDeny, "access.request"};
    auto decision = bundle_.files.access->decide(request_of(*request));
    // It was as the schema said, and is so no more.
    if (!decision) return {Decided::kDeny, "access.request"};
    return {decision->allowed ? Decided::kAllow : Decided::kDeny,
            std::string(decision->policy.empty() ? kNoPermit : decision->policy)};
  }

 private:
  const snapshot::ParsedBundle& bundle_;
  const policy::Rules* guardrails_;
  policy::RoleKernel kernel_;
};

}  // namespace

Replay replay_decisions(const snapshot::ParsedBundle& bundle, const policy::Rules* guardrails,
                        const Recorded& recorded, const Clock& clock) {
  Replay replay{.replayed = 0, .skipped = recorded.skipped, .flips_total = 0, .flips = {}};
  Deciding deciding(bundle, guardrails);
  const MonoTime end = clock.mono() + kLongest;
  for (std::size_t i = 0; i < recorded.decisions.size(); ++i) {
    const RecordedDecision& before = recorded.decisions[i];
    if (clock.mono() >= end) {
      replay.skipped += before.times;
      continue;
    }
    replay.replayed += before.times;
    Outcome outcome =
        std::visit([&](const auto& question) { return deciding.decide(question); }, before.question);
    if (outcome.decided == before.was) continue;
    replay.flips_total += before.times;
    if (replay.flips.size() < kMostFlips) replay.flips.push_back(flip_of(recorded, i, outcome.reason));
  }
  return replay;
}

}  // namespace bailiwick::bundles
