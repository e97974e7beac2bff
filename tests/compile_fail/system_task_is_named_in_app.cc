// Work without a caller is named in app; no other room makes up a task of its own.
// REFUSED: calling a private constructor of class .*Badge<bailiwick::app::SystemTasks>
#include "identity/gatekeeper.h"

namespace bailiwick::compile_fail::system_task_is_named_in_app {

using identity::Gatekeeper, identity::SystemTask, tenancy::Action, tenancy::TenantId;

auto use(const SystemTask& task, const TenantId& tenant) {
  return Gatekeeper::system_permit<Action::kCorpusRead>(task, tenant);
}
#ifdef FAIL
auto forge() {
  return SystemTask({}, "anything");
}
#endif

}  // namespace bailiwick::compile_fail::system_task_is_named_in_app
