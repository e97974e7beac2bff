// Only the gatekeeper makes the badge that permits and scopes are made with.
// REFUSED: calling a private constructor of class .*Badge<bailiwick::identity::Gatekeeper>
#include "tenancy/permit.h"

namespace bailiwick::compile_fail::badge_outside_its_owner {

class Owner {
 public:
  static tenancy::Badge<Owner> own() { return {}; }
#ifdef FAIL
  static tenancy::Badge<identity::Gatekeeper> foreign() { return {}; }
#endif
};

}  // namespace bailiwick::compile_fail::badge_outside_its_owner
