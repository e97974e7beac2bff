// A tenant as the API shows it: what was declared, and where it stands in its life.
#pragma once

#include "base/printing.h"
#include "bundles/flips.h"
#include "snapshot/tenant_snapshot.h"

namespace bailiwick::api {

struct TenantView : snapshot::TenantDeclaration {
  std::string uuid;
  std::string status_reason;
  std::string created_at;
  std::string updated_at;
  std::int64_t version = 1;
  std::string revision;
  snapshot::QuotaOrigins inherited_quotas;
};
template <class Visitor>
void describe(Visitor& v, TenantView& view) {
  describe(v, static_cast<snapshot::TenantDeclaration&>(view));
  v.required("uuid", view.uuid, "Internal id; never changes.");
  v.required("status_reason", view.status_reason, "Why the tenant is suspended; empty otherwise.");
  v.required("created_at", view.created_at, "RFC 3339.");
  v.required("updated_at", view.updated_at, "RFC 3339.");
  v.required("version", view.version, "Grows with every change; the ETag in quotes.");
  v.required("revision", view.revision, "Of the active bundle.");
  v.required("inherited_quotas", view.inherited_quotas,
             "Quotas that the tenant does not set itself, and what of the platform does: plan, defaults or "
             "ceilings.");
}

/// What a change of tenant.yaml came to.
struct ChangedTenantView : TenantView {
  bundles::Replay replay;
};
template <class Visitor>
void describe(Visitor& v, ChangedTenantView& view) {
  describe(v, static_cast<TenantView&>(view));
  v.required("replay", view.replay, "Recorded decisions, made again under the changed bundle.");
}

struct TenantList {
  std::vector<TenantView> tenants;
  std::string next_page_token;
};
template <class Visitor>
void describe(Visitor& v, TenantList& list) {
  v.required("tenants", list.tenants, "In order of id.");
  v.required("next_page_token", list.next_page_token, "Empty at the end.");
}

TenantView view_of(const snapshot::TenantSnapshot& tenant);

}  // namespace bailiwick::api
