#include "bundles/recorded_json.h"

#include "base/printing.h"

namespace bailiwick::bundles {
namespace {

/// The principal of a question belongs to its tenant, or to none.
enum class Belongs { kTenant, kPlatform };
constexpr std::array<std::pair<std::string_view, Belongs>, 2> enum_table(Belongs) {
  return {{{"tenant", Belongs::kTenant}, {"platform", Belongs::kPlatform}}};
}

struct SentBinding {
  tenancy::Role role = tenancy::Role::kViewer;
  std::optional<tenancy::ProgramId> program;
  std::optional<tenancy::NamespaceId> name_space;
};
template <class Visitor>
void describe(Visitor& v, SentBinding& binding) {
  v.required("role", binding.role, "");
  v.field("program", binding.program, "");
  v.field("namespace", binding.name_space, "");
}

struct SentQuestion {
  std::string subject;
  Belongs belongs = Belongs::kTenant;
  std::vector<SentBinding> bindings;
  std::vector<std::string> scopes;
  std::string action;
  tenancy::TenantId tenant;
  std::optional<tenancy::ProgramId> program;
  std::optional<tenancy::NamespaceId> name_space;
  std::string resource;
  std::int64_t time_us = 0;
};
template <class Visitor>
void describe(Visitor& v, SentQuestion& sent) {
  v.required("subject", sent.subject, "", {.max_length = kMaxDecisionBytes});
  v.required("belongs", sent.belongs, "");
  v.required("bindings", sent.bindings, "");
  v.required("scopes", sent.scopes, "");
  v.required("action", sent.action, "");
  v.required("tenant", sent.tenant, "");
  v.field("program", sent.program, "");
  v.field("namespace", sent.name_space, "");
  v.required("resource", sent.resource, "", {.max_length = kMaxDecisionBytes});
  v.required("time_us", sent.time_us, "");
}

struct SentDecision {
  std::int64_t sequence = 0;
  std::int64_t times = 0;
  Decided was = Decided::kDeny;
  std::string reason;
  std::optional<SentQuestion> operation;
  std::optional<std::string> evaluation;
};
template <class Visitor>
void describe(Visitor& v, SentDecision& sent) {
  v.required("sequence", sent.sequence, "", {.min = 0});
  v.required("times", sent.times, "", {.min = 1, .max = 1e9});
  v.required("was", sent.was, "");
  v.required("reason", sent.reason, "", {.max_length = kMaxDecisionBytes});
  v.field("operation", sent.operation, "");
  v.field("evaluation", sent.evaluation, "", {.max_length = kMaxDecisionBytes});
  v.require(sent.operation.has_value() != sent.evaluation.has_value(), "it is one question");
}

SentQuestion sent_of(const identity::PastQuestion& past) {
  SentQuestion sent{.subject = past.principal->subject,
                    .belongs = past.principal->is_platform_admin() ? Belongs::kPlatform : Belongs::kTenant,
                    .bindings = {},
                    .scopes = past.principal->scopes,
                    .action = std::string(tenancy::name_of(past.action)),
                    .tenant = past.tenant,
                    .program = past.program,
                    .name_space = past.name_space,
                    .resource = past.resource,
                    .time_us = past.time.time_since_epoch().count()};
  for (const tenancy::RoleBinding& binding : past.principal->bindings)
    sent.bindings.push_back({binding.role, binding.program, binding.name_space});
  return sent;
}

Result<identity::PastQuestion> past_of(SentQuestion sent) {
  auto action = tenancy::action_from(sent.action);
  if (!action) return fail(ErrorCode::kInvalid, "sandbox.frames", "there is no such operation");
  auto principal = std::make_shared<tenancy::Principal>();
  principal->subject = std::move(sent.subject);
  principal->scopes = std::move(sent.scopes);
  if (sent.belongs == Belongs::kTenant) principal->tenant = sent.tenant;
  for (SentBinding& binding : sent.bindings)
    principal->bindings.push_back({binding.role, std::move(binding.program), std::move(binding.name_space)});
  return identity::PastQuestion{.principal = std::move(principal),
                                .action = *action,
                                .tenant = std::move(sent.tenant),
                                .program = std::move(sent.program),
                                .name_space = std::move(sent.name_space),
                                .resource = std::move(sent.resource),
                                .time = WallTime(std::chrono::microseconds(sent.time_us))};
}

}  // namespace

std::string to_json(const RecordedDecision& decision) {
  SentDecision sent{.sequence = decision.sequence,
                    .times = decision.times,
                    .was = decision.was,
                    .reason = decision.reason,
                    .operation = {},
                    .evaluation = {}};
  if (const auto* past = std::get_if<identity::PastQuestion>(&decision.question))
    sent.operation = sent_of(*past);
  else
    sent.evaluation = std::get<RecordedEvaluation>(decision.question).request;
  return json::serialize(to_json_value(sent));
}

Result<RecordedDecision> recorded_decision_from(std::string_view text) {
  auto sent = bind_json<SentDecision>(text, {.max_depth = 8});
  if (!sent) return fail(ErrorCode::kInvalid, "sandbox.frames", "this is no recorded decision");
  RecordedDecision decision{.sequence = sent->sequence,
                            .times = sent->times,
                            .was = sent->was,
                            .reason = std::move(sent->reason),
                            .question = {}};
  if (sent->operation) {
    TRY(decision.question, past_of(std::move(*sent->operation)));
  } else {
    decision.question = RecordedEvaluation{std::move(*sent->evaluation)};
  }
  return decision;
}

}  // namespace bailiwick::bundles
