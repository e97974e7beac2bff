#include "api/access_replay.h"

#include <fmt/format.h>

#include "api/access_body.h"
#include "base/json_members.h"

namespace bailiwick::api {
namespace {

/// Why what is recorded is not what was asked, or empty.
std::string missing_from(const json::object& recorded) {
  if (std::string_view fault = text_member(recorded, "fault"); !fault.empty())
    return fmt::format("it was refused before it was decided, and what was asked is not kept: {}", fault);
  if (recorded.contains("sha256")) return "it was kept as a hash only";
  if (recorded.contains("context_sha256")) return "its context was kept as a hash only";
  for (std::string_view part : {"subject", "action", "resource"}) {
    const json::object* object = object_member(recorded, part);
    if (object != nullptr && object->contains("properties_sha256"))
      return fmt::format("the properties of its {} were kept as a hash only", part);
  }
  return "";
}

bool is_allowed(const json::object& recorded) {
  const json::value* decision = recorded.if_contains("decision");
  return decision != nullptr && decision->is_bool() && decision->get_bool();
}

}  // namespace

ReplayedEvaluation AccessReplay::decide(const json::object& recorded) {
  ReplayedEvaluation replayed;
  replayed.why_not = missing_from(recorded);
  if (replayed.why_not.empty() && policies_ == nullptr) replayed.why_not = why_not_;
  if (replayed.why_not.empty() && steps_ >= policy::kMaxRequestSteps)
    replayed.why_not = "the evaluations before it took too much work";
  if (!replayed.why_not.empty()) return replayed;
  auto request = read_access_request(recorded, nullptr, LeftOut::kNothing);
  if (!request) {
    replayed.why_not = fmt::format("what is recorded is no evaluation: {}", request.error().message);
    return replayed;
  }
  auto decision = policies_->decide(*request);
  if (!decision) {
    // Other types than the schema's: such a request is refused, and so denied.
    replayed.allowed = false;
    replayed.reason = decision.error().message;
  } else {
    steps_ += decision->steps;
    replayed.allowed = decision->allowed;
    replayed.policy = decision->policy;
    replayed.reason = decision->reason;
  }
  replayed.agrees = *replayed.allowed == is_allowed(recorded) &&
                    (*replayed.allowed || replayed.policy == text_member(recorded, "policy"));
  return replayed;
}

}  // namespace bailiwick::api
