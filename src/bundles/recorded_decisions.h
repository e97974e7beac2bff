// RecordedDecisions: what policy decided for a tenant lately, so that stage 3 can have the same decided again
// under rules that are proposed.
//
// A port. The program reads the ledger (ledger_decisions.h).
#pragma once

#include <variant>

#include "base/binding.h"
#include "identity/past_question.h"

namespace bailiwick::bundles {

enum class Decided { kAllow, kDeny };
constexpr std::array<std::pair<std::string_view, Decided>, 2> enum_table(Decided) {
  return {{{"allow", Decided::kAllow}, {"deny", Decided::kDeny}}};
}

/// A request to the tenant's own application policies: `{"subject", "action", "resource", "context"}` as
/// canonical JSON, each as AuthZEN writes it.
struct RecordedEvaluation {
  std::string request;
};

/// One question, what was answered, and how often. Plain data: it goes to another process.
struct RecordedDecision {
  std::int64_t sequence = 0;  ///< of the newest record
  std::int64_t times = 1;     ///< decisions that it stands for
  Decided was = Decided::kDeny;
  std::string reason;  ///< `role.operator`, `rule.no-deletes`; of an evaluation the policy that decided
  std::variant<identity::PastQuestion, RecordedEvaluation> question;
};

/// What says that none of the application's policies permits, in place of a policy.
inline constexpr std::string_view kNoPermit = "access.no_permit";

struct Recorded {
  std::vector<RecordedDecision> decisions;  ///< newest first
  std::int64_t skipped = 0;                 ///< decisions that cannot be asked again
};

/// Most bytes of recorded decisions as they are sent to a sandbox, and of one.
inline constexpr std::size_t kMaxRecordedBytes = 16 << 20;
inline constexpr std::size_t kMaxDecisionBytes = 64 << 10;

class RecordedDecisions {
 public:
  virtual ~RecordedDecisions() = default;
  /// The tenant's latest. Blocks. Errors: kUnavailable `bundle.decisions_unreadable` when they cannot be
  /// read.
  virtual Result<Recorded> latest(const tenancy::TenantId& tenant) const = 0;
};

}  // namespace bailiwick::bundles
