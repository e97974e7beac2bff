// A chain is read with the right to read the ledger, and with no other.
// REFUSED: no viable conversion from .*Action::kUsageRead.* to .*Action::kLedgerRead
#include "ledger/ledger.h"

namespace bailiwick::compile_fail::ledger_is_read_with_its_own_permit {

using tenancy::Action, tenancy::Permit;

auto audit(const ledger::Ledger& ledger, const Permit<Action::kLedgerRead>& permit) {
  return ledger.reader(permit);
}
#ifdef FAIL
auto peek(const ledger::Ledger& ledger, const Permit<Action::kUsageRead>& permit) {
  return ledger.reader(permit);
}
#endif

}  // namespace bailiwick::compile_fail::ledger_is_read_with_its_own_permit
