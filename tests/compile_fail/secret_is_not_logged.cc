// A secret has no way into a log line.
// REFUSED: no matching constructor for initialization of '(bailiwick::)?Field'
#include "base/log.h"
#include "routing/secret.h"

namespace bailiwick::compile_fail::secret_is_not_logged {

Field of_name(const std::string& name) {
  return Field("provider", name);
}
#ifdef FAIL
Field of_secret(const routing::Secret& secret) {
  return Field("provider", secret);
}
#endif

}  // namespace bailiwick::compile_fail::secret_is_not_logged
