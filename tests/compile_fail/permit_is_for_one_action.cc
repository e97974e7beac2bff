// The right to read is not the right to write.
// REFUSED: no viable conversion from .*'Permit<Action::kCorpusRead.*' to .*'Permit<Action::kCorpusWrite
#include "tenancy/permit.h"

namespace bailiwick::compile_fail::permit_is_for_one_action {

using tenancy::Action, tenancy::Permit;

Permit<Action::kCorpusRead> read(Permit<Action::kCorpusRead> permit) {
  return permit;
}
#ifdef FAIL
Permit<Action::kCorpusWrite> write(Permit<Action::kCorpusRead> permit) {
  return permit;
}
#endif

}  // namespace bailiwick::compile_fail::permit_is_for_one_action
