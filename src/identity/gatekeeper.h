// Gatekeeper: credential → Principal → TenantScope → Permit<Action>. The only maker of permits.
//
// Fails closed: whatever is missing, unknown or unclear is a denial, and every denial of a known principal is
// journalled: in full, or as one of a count when it repeats (ledger::RepeatedDenials). Answers by the rules
// of the house: 401 without a good credential; 403 when a named tenant is not the credential's (without
// looking the name up), when the tenant is not active, when roles or scopes do not suffice, and when a
// platform admin reaches for content; 400 when a platform admin does not say which tenant.
#pragma once

#include <functional>

#include "base/metrics.h"
#include "identity/token_table.h"
#include "ledger/ledger.h"
#include "ledger/repeated_denials.h"
#include "policy/kernel.h"
#include "snapshot/tenant_table.h"
#include "tenancy/permit.h"

namespace bailiwick::app {
class SystemTasks;
}

namespace bailiwick::identity {

/// The credential of a request; empty = none. The gatekeeper may have been told of it before it is asked.
class Credential {
 public:
  Credential() = default;
  Credential(const std::convertible_to<std::string_view> auto& text)  // NOLINT(*-explicit-*): it is the text
      : text_(text) {}
  std::string_view text() const { return text_; }

 private:
  friend class Gatekeeper;
  std::string_view text_;
  std::optional<TokenTable::Lookup> lookup_;
  std::optional<TokenPtr> token_;  ///< what came of it
};

/// What a request says about who it is and where it wants to go. Empty = not said.
struct Presented {
  Credential credential;
  std::vector<std::string_view> tenants;  ///< every one that it names, in whatever place; they must agree
  std::string_view program;
  std::string_view name_space;
  std::string_view resource;
  std::string_view request_id;
};

template <tenancy::Action A>
struct Grant {
  tenancy::Permit<A> permit;
  snapshot::SnapshotPtr snapshot;  ///< null for a platform action
  std::string reason;              ///< why it was allowed; stands in the record
};

/// Work of the installation itself that touches a tenant without a caller. Named in `app`, nowhere else.
class SystemTask {
 public:
  SystemTask(tenancy::Badge<app::SystemTasks>, std::string_view name) : name_(name) {}
  std::string_view name() const { return name_; }

 private:
  std::string_view name_;
};

class Gatekeeper {
 public:
  Gatekeeper(const TokenTable& tokens, const snapshot::TenantTable& tenants, const policy::Kernel& kernel,
             ledger::Ledger& ledger, const Clock& clock)
      : tokens_(tokens),
        tenants_(tenants),
        kernel_(kernel),
        ledger_(ledger),
        clock_(clock),
        denials_(clock, std::bind_front(&Gatekeeper::write_denial, this)) {}

  /// Each has what the credential leads to next fetched from memory, while the caller does something else.
  void expect(Credential& credential) const;
  static void look_up(Credential& credential);

  template <tenancy::Action A>
  Result<Grant<A>> admit(const Presented& presented) const {
    TRY(Admitted admitted, decide(presented, A));
    return Grant<A>{make_permit<A>(std::move(admitted.tenant), std::move(admitted.program),
                                   std::move(admitted.name_space), std::move(admitted.principal),
                                   std::move(admitted.decision.policy_revision), admitted.footprint),
                    std::move(admitted.snapshot), std::move(admitted.decision.reason)};
  }

  /// Journals a denial behind the door, such as one by rate or budget, in the chain of the permit.
  template <tenancy::Action A>
  Status journal_denial(const tenancy::Permit<A>& permit, const ledger::Record& denial) const {
    const tenancy::TenantId* tenant = nullptr;
    if constexpr (tenancy::reach_of(A) != tenancy::Reach::kPlatform) tenant = &permit.tenant();
    CHECK_OK(denials_.add(tenant, denial));
    return {};
  }
  /// Every second or so: journals how many denials were counted in the windows that have ended.
  Status sweep_denials() { return denials_.sweep(); }
  /// Before the ledger closes: the same of every window.
  Status flush_denials() { return denials_.flush(); }
  /// Denials that were counted and not journalled in full, ever.
  std::uint64_t counted_denials() const { return denials_.counted(); }

  /// A permit for a named task of the installation, in the name of no user.
  template <tenancy::Action A>
    requires(tenancy::reach_of(A) != tenancy::Reach::kPlatform)
  static tenancy::Permit<A> system_permit(const SystemTask& task, const tenancy::TenantId& tenant) {
    return make_permit<A>(tenant, std::nullopt, std::nullopt, system_principal(task, tenant), "system");
  }
  template <tenancy::Action A>
    requires(tenancy::reach_of(A) == tenancy::Reach::kPlatform)
  static tenancy::Permit<A> system_permit(const SystemTask& task) {
    return make_permit<A>({}, std::nullopt, std::nullopt, system_principal(task, std::nullopt), "system");
  }

 private:
  struct Admitted {
    TokenPtr token;
    std::shared_ptr<const tenancy::Principal> principal;
    tenancy::TenantId tenant;
    std::optional<tenancy::ProgramId> program;
    std::optional<tenancy::NamespaceId> name_space;
    snapshot::SnapshotPtr snapshot;
    tenancy::Footprint* footprint = nullptr;  ///< of the tenant whose credential it is
    policy::Decision decision;
  };

  template <tenancy::Action A>
  static tenancy::Permit<A> make_permit(tenancy::TenantId tenant, std::optional<tenancy::ProgramId> program,
                                        std::optional<tenancy::NamespaceId> name_space,
                                        std::shared_ptr<const tenancy::Principal> principal,
                                        std::string revision, tenancy::Footprint* footprint = nullptr) {
    tenancy::Badge<Gatekeeper> badge;
    if constexpr (tenancy::reach_of(A) == tenancy::Reach::kPlatform) {
      return tenancy::Permit<A>(badge, tenancy::PlatformScope(badge), std::move(principal),
                                std::move(revision));
    } else {
      return tenancy::Permit<A>(badge,
                                tenancy::TenantScope(badge, std::move(tenant), std::move(program),
                                                     std::move(name_space), footprint),
                                std::move(principal), std::move(revision));
    }
  }

  Result<Admitted> decide(const Presented& presented, tenancy::Action action) const;
  static Status limit_token(const Admitted& admitted);
  Result<TokenPtr> authenticate(const Credential& credential, WallTime now) const;
  Status locate_own(Admitted& admitted) const;
  Status locate(const Presented& presented, tenancy::Action action, Admitted& admitted) const;
  Status place(const Presented& presented, Admitted& admitted) const;
  std::unexpected<Error> deny(const Presented& presented, tenancy::Action action, const Admitted& admitted,
                              Error error) const;
  Status write_denial(const tenancy::TenantId* tenant, const ledger::Record& denial) const;
  static std::shared_ptr<const tenancy::Principal> system_principal(const SystemTask& task,
                                                                    std::optional<tenancy::TenantId> tenant);

  const TokenTable& tokens_;
  const snapshot::TenantTable& tenants_;
  const policy::Kernel& kernel_;
  ledger::Ledger& ledger_;
  const Clock& clock_;
  mutable ledger::RepeatedDenials denials_;  // safe from any thread
};

}  // namespace bailiwick::identity
