// LedgerDecisions: a tenant's recorded decisions out of its chain of the ledger and the rows of its tokens.
//
// Decisions are those that policy made at the door: what roles, scopes and rules allowed or denied, and every
// evaluation of the application's policies. Equal questions of one quarter of an hour, answered alike, are
// one with a count. What cannot be asked again is counted as skipped: denials that the ledger holds as a
// number, denials by a fact that came late, evaluations whose properties it holds as a hash, and questions of
// who is not stored, such as a token of a registry or a task of the server.
#pragma once

#include <functional>

#include "bundles/recorded_decisions.h"
#include "ledger/ledger.h"

namespace bailiwick::bundles {

class LedgerDecisions final : public RecordedDecisions {
 public:
  using ReadPermits = std::function<tenancy::Permit<tenancy::Action::kLedgerRead>(const tenancy::TenantId&)>;
  /// The last `limit` decisions, looked for among the last `10 * limit` records. `store` and `ledger` outlive
  /// it.
  LedgerDecisions(storage::PlatformStore& store, const ledger::Ledger& ledger, ReadPermits permits,
                  std::size_t limit)
      : store_(store), ledger_(ledger), permits_(std::move(permits)), limit_(limit) {}

  /// Errors: kUnavailable `bundle.decisions_unreadable` when the chain or the tokens cannot be read. Safe
  /// from any thread.
  Result<Recorded> latest(const tenancy::TenantId& tenant) const override;

 private:
  storage::PlatformStore& store_;
  const ledger::Ledger& ledger_;
  const ReadPermits permits_;
  const std::size_t limit_;
};

}  // namespace bailiwick::bundles
