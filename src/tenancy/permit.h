// Permit<Action>: the proof that the gatekeeper let this principal do this. The only key to tenant data.
//
// A permit and its scope are made through a Badge that only identity::Gatekeeper can make, can be moved and
// not copied, and are meant to live on the stack of one request. What opens data (storage::TenantStore) takes
// a permit and reads the tenant from it; no method anywhere in src/ takes a tenant id to reach content.
#pragma once

#include <memory>

#include "tenancy/action.h"
#include "tenancy/footprint.h"
#include "tenancy/principal.h"

namespace bailiwick::identity {
class Gatekeeper;
}
namespace bailiwick::testing_support {
struct PermitMaker;  // defined in tests/support/permit_maker.h alone; tools/check_rooms.py keeps src/ free of
                     // it
}

namespace bailiwick::tenancy {

/// A value only `Owner` can make, and the tests, which need permits without a credential.
template <class Owner>
class Badge {
 private:
  friend Owner;
  friend testing_support::PermitMaker;
  constexpr Badge() = default;
};

/// The one tenant that a permit reaches.
class TenantScope {
 public:
  TenantScope(Badge<identity::Gatekeeper>, TenantId tenant, std::optional<ProgramId> program,
              std::optional<NamespaceId> name_space = std::nullopt, Footprint* footprint = nullptr)
      : tenant_(std::move(tenant)),
        program_(std::move(program)),
        name_space_(std::move(name_space)),
        footprint_(footprint) {}
  TenantScope(TenantScope&&) = default;
  TenantScope& operator=(TenantScope&&) = default;
  TenantScope(const TenantScope&) = delete;
  TenantScope& operator=(const TenantScope&) = delete;

  const TenantId& tenant() const { return tenant_; }
  /// Set when the credential or the request narrows the work to one program.
  const std::optional<ProgramId>& program() const { return program_; }
  /// The namespace that the request named.
  const std::optional<NamespaceId>& name_space() const { return name_space_; }
  /// The tenant's; null for the installation's own work. Outlives every permit.
  Footprint* footprint() const { return footprint_; }

 private:
  TenantId tenant_;
  std::optional<ProgramId> program_;
  std::optional<NamespaceId> name_space_;
  Footprint* footprint_;
};

/// What a platform action reaches: tenants as rows, never their content.
class PlatformScope {
 public:
  explicit PlatformScope(Badge<identity::Gatekeeper>) {}
  PlatformScope(PlatformScope&&) = default;
  PlatformScope(const PlatformScope&) = delete;
};

template <Action A>
class Permit {
 public:
  static constexpr Action kAction = A;
  static constexpr Reach kReach = reach_of(A);
  using Scope = std::conditional_t<kReach == Reach::kPlatform, PlatformScope, TenantScope>;

  Permit(Badge<identity::Gatekeeper>, Scope scope, std::shared_ptr<const Principal> principal,
         std::string policy_revision)
      : scope_(std::move(scope)),
        principal_(std::move(principal)),
        policy_revision_(std::move(policy_revision)) {}
  Permit(Permit&&) = default;
  Permit& operator=(Permit&&) = default;
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;

  const Scope& scope() const { return scope_; }
  const TenantId& tenant() const
    requires(kReach != Reach::kPlatform)
  {
    return scope_.tenant();
  }
  const Principal& principal() const { return *principal_; }
  /// The revision of the rules that allowed this; stands in the record.
  const std::string& policy_revision() const { return policy_revision_; }

 private:
  Scope scope_;
  std::shared_ptr<const Principal> principal_;
  std::string policy_revision_;
};

/// A permit whose action is one of `Allowed`: how a function says which rights suffice.
template <class P, Action... Allowed>
concept PermitFor = ((P::kAction == Allowed) || ...);

}  // namespace bailiwick::tenancy
