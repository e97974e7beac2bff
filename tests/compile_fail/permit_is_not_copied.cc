// A permit is spent where it was given: it moves and is never kept beside.
// REFUSED: call to deleted constructor of 'Permit<Action::kAsk>'
#include "tenancy/permit.h"

namespace bailiwick::compile_fail::permit_is_not_copied {

using tenancy::Action, tenancy::Permit;

Permit<Action::kAsk> move(Permit<Action::kAsk>& permit) {
  return std::move(permit);
}
#ifdef FAIL
Permit<Action::kAsk> copy(const Permit<Action::kAsk>& permit) {
  return permit;
}
#endif

}  // namespace bailiwick::compile_fail::permit_is_not_copied
