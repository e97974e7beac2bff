// PermitMaker: permits without a gatekeeper, for tests of what lies behind one. Never included from src/.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tenancy/permit.h"

namespace bailiwick::testing_support {

struct PermitMaker {
  template <class Owner = identity::Gatekeeper>
  static constexpr tenancy::Badge<Owner> badge() {
    return {};
  }

  /// Narrowed to a program when one is named.
  static tenancy::TenantScope scope(std::string_view tenant, std::string_view program = {}) {
    std::optional<tenancy::ProgramId> narrowed;
    if (!program.empty()) narrowed = tenancy::ProgramId::parse(program).value();
    return tenancy::TenantScope(badge(), tenancy::TenantId::parse(tenant).value(), std::move(narrowed));
  }

  /// A permit in `tenant`, which a platform action does not look at.
  template <tenancy::Action A>
  static tenancy::Permit<A> permit(std::string_view tenant = "acme-corp",
                                   std::string_view subject = "token:tok_test") {
    auto principal = std::make_shared<tenancy::Principal>();
    principal->subject = std::string(subject);
    if constexpr (tenancy::reach_of(A) == tenancy::Reach::kPlatform) {
      return tenancy::Permit<A>(badge(), tenancy::PlatformScope(badge()), std::move(principal), "rev-test");
    } else {
      principal->tenant = tenancy::TenantId::parse(tenant).value();
      return tenancy::Permit<A>(badge(), scope(tenant), std::move(principal), "rev-test");
    }
  }
};

/// `permit<tenancy::Action::kAsk>("acme-corp")`.
template <tenancy::Action A>
tenancy::Permit<A> permit(std::string_view tenant = "acme-corp") {
  return PermitMaker::permit<A>(tenant);
}

}  // namespace bailiwick::testing_support
