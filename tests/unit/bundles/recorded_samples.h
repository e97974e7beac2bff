// Recorded decisions as a ledger would give them.
#pragma once

#include "bundles/recorded_decisions.h"

namespace bailiwick::bundles {

/// Of `token:tok_1` with one role in acme-corp, at noon.
inline RecordedDecision operation(std::int64_t sequence, tenancy::Role role, tenancy::Action action,
                                  std::string_view was, std::string_view reason, std::int64_t times = 1) {
  auto principal = std::make_shared<tenancy::Principal>();
  principal->subject = "token:tok_1";
  tenancy::TenantId tenant = tenancy::TenantId::parse("acme-corp").value();
  if (role != tenancy::Role::kPlatformAdmin) principal->tenant = tenant;
  principal->bindings = {{role, {}, {}}};
  return {.sequence = sequence,
          .times = times,
          .was = enum_from<Decided>(was).value(),
          .reason = std::string(reason),
          .question = identity::PastQuestion{.principal = std::move(principal),
                                             .action = action,
                                             .tenant = tenant,
                                             .program = {},
                                             .name_space = {},
                                             .resource = "document:default/handbook",
                                             .time = parse_rfc3339("2026-11-25T12:00:00.000001Z").value()}};
}

inline RecordedDecision evaluation(std::int64_t sequence, std::string request, std::string_view was,
                                   std::string_view policy) {
  return {.sequence = sequence,
          .times = 1,
          .was = enum_from<Decided>(was).value(),
          .reason = std::string(policy),
          .question = RecordedEvaluation{std::move(request)}};
}

}  // namespace bailiwick::bundles
