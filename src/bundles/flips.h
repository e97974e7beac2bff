// Flips: recorded decisions that come out otherwise under rules that are proposed. They are told, and refuse
// nothing: whether they are meant is for people to say, and the bundle's tests.
#pragma once

#include "bundles/recorded_decisions.h"

namespace bailiwick::bundles {

/// Most flips that are listed; all are counted.
inline constexpr std::size_t kMostFlips = 200;

enum class FlipKind { kOperation, kEvaluation };
constexpr std::array<std::pair<std::string_view, FlipKind>, 2> enum_table(FlipKind) {
  return {{{"operation", FlipKind::kOperation}, {"evaluation", FlipKind::kEvaluation}}};
}

struct Flip {
  std::size_t decision = 0;  ///< index among the recorded decisions
  std::int64_t sequence = 0;
  std::int64_t times = 0;
  FlipKind kind = FlipKind::kOperation;
  std::string subject;
  std::string action;
  std::string resource;
  Decided was = Decided::kDeny;
  std::string was_reason;
  Decided now = Decided::kAllow;
  std::string reason;
};
template <class Visitor>
void describe(Visitor& v, Flip& flip) {
  v.required("sequence", flip.sequence, "Of the newest record of it in the tenant's ledger.");
  v.required("times", flip.times, "Decisions that it stands for.");
  v.required("kind", flip.kind,
             "operation: one of Bailiwick's own; evaluation: of the tenant's application policies.");
  v.required("subject", flip.subject, "Who asked.");
  v.required("action", flip.action, "For what.");
  v.required("resource", flip.resource, "Of what; empty = the tenant itself.");
  v.required("was", flip.was, "As it was recorded.");
  v.required("was_reason", flip.was_reason, "Why, as it was recorded.");
  v.required("now", flip.now, "As it would be decided.");
  v.required("reason", flip.reason, "Why: a rule, a role, or a policy.");
}

/// What deciding again came to.
struct Replay {
  std::int64_t replayed = 0;
  std::int64_t skipped = 0;
  std::int64_t flips_total = 0;
  std::vector<Flip> flips;  ///< newest first, kMostFlips at most
};
template <class Visitor>
void describe(Visitor& v, Replay& replay) {
  v.required("replayed", replay.replayed, "Recorded decisions that were made again.");
  v.required("skipped", replay.skipped, "Recorded decisions that could not be made again.");
  v.required("flips_total", replay.flips_total, "How many of those made again come out otherwise.");
  v.required("flips", replay.flips, "Which, newest first; equal ones are one.", {.max_length = kMostFlips});
}

/// `recorded.decisions[decision]` as one that comes out otherwise, for `reason`. Names are cut and lose
/// control characters.
Flip flip_of(const Recorded& recorded, std::size_t decision, std::string_view reason);

/// As a record of the ledger keeps it: the numbers, and the first flips.
json::object summary_of(const Replay& replay);

}  // namespace bailiwick::bundles
