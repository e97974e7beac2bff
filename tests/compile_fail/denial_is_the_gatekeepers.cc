// Without a permit nobody but the gatekeeper writes to a chain.
// REFUSED: calling a private constructor of class .*Badge<bailiwick::identity::Gatekeeper>
#include "ledger/ledger.h"

namespace bailiwick::compile_fail::denial_is_the_gatekeepers {

using tenancy::Action, tenancy::Permit;

Status allowed(ledger::Ledger& ledger, const Permit<Action::kAsk>& permit, const ledger::Record& record) {
  return ledger.append(permit, {&record, 1});
}
#ifdef FAIL
Status forged(ledger::Ledger& ledger, const tenancy::TenantId& victim, const ledger::Record& record) {
  return ledger.append_denial({}, &victim, record);
}
#endif

}  // namespace bailiwick::compile_fail::denial_is_the_gatekeepers
