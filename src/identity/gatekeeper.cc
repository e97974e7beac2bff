#include "identity/gatekeeper.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "snapshot/effective_limits.h"

namespace bailiwick::identity {
namespace {

using tenancy::Action;
using Part = tenancy::Footprint::Part;
using tenancy::Principal;
using tenancy::Reach;

Error unauthenticated() {
  return Error(ErrorCode::kUnauthenticated, "credential.invalid",
               "the credential is missing, unknown, expired or revoked; send Authorization: Bearer <token>");
}

Error mismatch() {
  return Error(ErrorCode::kForbidden, "tenant.mismatch",
               "the tenant named by the request is not the credential's tenant");
}

Error inactive(const snapshot::TenantSnapshot* tenant) {
  using snapshot::TenantStatus;
  std::string_view state = tenant == nullptr ? "unknown" : bailiwick::name_of(tenant->lifecycle.status);
  return Error(ErrorCode::kForbidden, fmt::format("tenant.{}", state),
               fmt::format("the tenant is {}; its operator can say why", state));
}

/// The one tenant that the request names, or empty.
Result<std::string_view> named_tenant(const Presented& presented) {
  if (presented.tenants.empty()) return std::string_view();
  std::string_view named = presented.tenants.front();
  if (std::ranges::count(presented.tenants, named) == std::ssize(presented.tenants)) return named;
  return std::unexpected(mismatch());
}

/// A part of the tenant that its declaration does not hold is a mistake of the caller, not a new part.
template <class PartId>
Status check_declared(const std::vector<PartId>& declared, const PartId& named, std::string_view noun) {
  if (std::ranges::find(declared, named) != declared.end()) return {};
  return fail(ErrorCode::kInvalid, fmt::format("{}.unknown", noun),
              fmt::format("the tenant declares no such {}; tenant.yaml lists them", noun));
}

/// A credential bound to one program alone works in that program without naming it.
const tenancy::ProgramId* only_program(const Principal& principal) {
  const tenancy::ProgramId* only = nullptr;
  for (const tenancy::RoleBinding& binding : principal.bindings) {
    if (!binding.program || (only != nullptr && *only != *binding.program)) return nullptr;
    only = &*binding.program;
  }
  return only;
}

}  // namespace

void Gatekeeper::expect(Credential& credential) const {
  if (!credential.text_.empty()) credential.lookup_ = tokens_.begin(credential.text_);
}

void Gatekeeper::look_up(Credential& credential) {
  if (!credential.lookup_) return;
  const TokenPtr& token = credential.token_.emplace(TokenTable::finish(*credential.lookup_));
  credential.lookup_.reset();
  if (token) token->fetch();
}

Result<TokenPtr> Gatekeeper::authenticate(const Credential& credential, WallTime now) const {
  if (credential.text().empty()) return std::unexpected(unauthenticated());
  TokenPtr token = credential.token_ ? *credential.token_ : tokens_.find(credential.text());
  if (!token || !token->valid_at(now)) return std::unexpected(unauthenticated());
  return token;
}

/// The tenant of the credential, looked up once for each token.
Status Gatekeeper::locate_own(Admitted& admitted) const {
  const snapshot::TenantPlace* place = admitted.token->place.get();
  if (place == nullptr) {
    place = tenants_.place_of(admitted.principal->tenant->view());
    if (place == nullptr) return std::unexpected(inactive(nullptr));
    admitted.token->place.set(place);
  }
  admitted.footprint = &place->footprint;
  admitted.snapshot = place->snapshot.load();
  admitted.footprint->fetch(Part::kMeter, Part::kMonth);
  admitted.snapshot->note_in(*admitted.footprint);
  BW_CHECK(admitted.snapshot->id() == admitted.tenant);
  if (!admitted.snapshot->active()) return std::unexpected(inactive(admitted.snapshot.get()));
  return {};
}

Status Gatekeeper::locate(const Presented& presented, Action action, Admitted& admitted) const {
  const Principal& principal = *admitted.principal;
  TRY(std::string_view named, named_tenant(presented));
  if (!principal.is_platform_admin()) {
    admitted.tenant = *principal.tenant;
    if (!named.empty() && named != principal.tenant->view()) return std::unexpected(mismatch());
    return locate_own(admitted);
  }
  switch (tenancy::reach_of(action)) {
    case Reach::kPlatform:
      return {};
    case Reach::kContent:
      return fail(
          ErrorCode::kForbidden, "platform_admin.no_content",
          "a platform admin manages tenants and reads no tenant's content; use a token of the tenant");
    case Reach::kManagement:
      break;
  }
  if (named.empty()) {
    return fail(ErrorCode::kInvalid, "tenant.missing",
                "name the tenant: in the path, ?tenant= or X-Bailiwick-Tenant");
  }
  admitted.snapshot = tenants_.find(named);
  if (!admitted.snapshot) return fail(ErrorCode::kNotFound, "tenant.not_found", "there is no such tenant");
  admitted.tenant = admitted.snapshot->id();
  return {};
}

Status Gatekeeper::place(const Presented& presented, Admitted& admitted) const {
  if (!presented.program.empty()) {
    TRY(admitted.program, tenancy::ProgramId::parse(presented.program));
  } else if (const tenancy::ProgramId* only = only_program(*admitted.principal)) {
    admitted.program = *only;
  }
  if (!presented.name_space.empty()) {
    TRY(admitted.name_space, tenancy::NamespaceId::parse(presented.name_space));
  }
  if (!admitted.snapshot) return {};
  const snapshot::TenantDeclaration& tenant = admitted.snapshot->tenant;
  if (admitted.program) CHECK_OK(check_declared(tenant.programs, *admitted.program, "program"));
  if (admitted.name_space) {
    CHECK_OK(check_declared(tenant.namespaces, *admitted.name_space, "namespace"));
  }
  return {};
}

Result<Gatekeeper::Admitted> Gatekeeper::decide(const Presented& presented, Action action) const {
  const WallTime now = clock_.wall();
  Admitted admitted;
  TRY(admitted.token, authenticate(presented.credential, now));
  admitted.principal = admitted.token->principal;
  if (auto located = locate(presented, action, admitted); !located) {
    return deny(presented, action, admitted, std::move(located.error()));
  }
  if (auto placed = place(presented, admitted); !placed) {
    return deny(presented, action, admitted, std::move(placed.error()));
  }
  policy::Question question{.principal = *admitted.principal,
                            .action = action,
                            .tenant = admitted.tenant.view().empty() ? nullptr : &admitted.tenant,
                            .program = admitted.program ? &*admitted.program : nullptr,
                            .name_space = admitted.name_space ? &*admitted.name_space : nullptr,
                            .resource = presented.resource,
                            .time = now};
  if (admitted.snapshot) admitted.snapshot->give_rules(question);
  admitted.decision = kernel_.decide(question);
  if (admitted.snapshot) {
    admitted.decision.policy_revision += admitted.snapshot->revision_asked(question);
    const snapshot::RolloutPtr& rollout = admitted.snapshot->rollout;
    if (rollout && admitted.decision.change)
      rollout->note(admitted.principal->subject, action, *admitted.decision.change);
  }
  if (admitted.decision.effect == policy::Effect::kAllow) {
    CHECK_OK(limit_token(admitted));
    if (admitted.footprint != nullptr) admitted.footprint->fetch(Part::kRoutes, Part::kHealth);
    return admitted;
  }
  std::string message = admitted.decision.message;
  if (message.empty()) {
    message = fmt::format("this credential may not do {}; ask for a role or scope that permits it",
                          tenancy::name_of(action));
  }
  Error error(ErrorCode::kForbidden, admitted.decision.reason, std::move(message));
  return deny(presented, action, admitted, std::move(error));
}

/// Its counters stand with the tenant's, and are made when it first comes.
Status Gatekeeper::limit_token(const Admitted& admitted) {
  const Principal& principal = *admitted.principal;
  if (principal.metered_as.empty() || !admitted.snapshot) return {};
  metering::Limits limits = snapshot::to_limits(admitted.token->quotas, admitted.snapshot->tenant.time_zone);
  return admitted.snapshot->meter->set_token_limits(principal.metered_as, limits);
}

std::unexpected<Error> Gatekeeper::deny(const Presented& presented, Action action, const Admitted& admitted,
                                        Error error) const {
  ledger::Record record;
  record.time = clock_.wall();
  record.request_id = presented.request_id;
  record.principal = admitted.principal->subject;
  record.action = tenancy::name_of(action);
  record.resource = presented.resource;
  if (admitted.program) record.program = admitted.program->str();
  if (admitted.name_space) record.name_space = admitted.name_space->str();
  record.decision = "deny";
  record.reason = error.reason;
  record.policy_revision = admitted.decision.policy_revision;
  // A foreign name stays out of the record: the chain belongs to the credential's own tenant.
  const tenancy::TenantId* chain = admitted.principal->tenant ? &*admitted.principal->tenant : nullptr;
  if (auto noted = denials_.add(chain, record); !noted) return std::unexpected(std::move(noted.error()));
  return std::unexpected(std::move(error));
}

/// What stands in the ledger stands in the log, so both are throttled alike.
Status Gatekeeper::write_denial(const tenancy::TenantId* tenant, const ledger::Record& denial) const {
  CHECK_OK(ledger_.append_denial(tenancy::Badge<Gatekeeper>(), tenant, denial));
  const json::value* repeated = denial.extra.if_contains("repeated");
  log_info("access.denied", {{"tenant", tenant != nullptr ? tenant->view() : ledger::Ledger::kPlatformChain},
                             {"principal", denial.principal},
                             {"action", denial.action},
                             {"reason", denial.reason},
                             {"request_id", denial.request_id},
                             {"times", repeated != nullptr ? repeated->to_number<std::int64_t>() : 1}});
  return {};
}

std::shared_ptr<const Principal> Gatekeeper::system_principal(const SystemTask& task,
                                                              std::optional<tenancy::TenantId> tenant) {
  auto principal = std::make_shared<Principal>();
  principal->subject = fmt::format("system:{}", task.name());
  principal->tenant = std::move(tenant);
  return principal;
}

}  // namespace bailiwick::identity
