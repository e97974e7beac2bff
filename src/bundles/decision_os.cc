#include "bundles/decision_os.h"

#include <fmt/format.h>

#include "bundles/commit.h"

namespace bailiwick::bundles {
namespace {

enum class TheirStatus { kActive, kSuspended };
constexpr std::array<std::pair<std::string_view, TheirStatus>, 2> enum_table(TheirStatus) {
  return {{{"active", TheirStatus::kActive}, {"suspended", TheirStatus::kSuspended}}};
}

struct TheirLimits {
  std::int64_t max_qps = 1000;
  std::optional<std::int64_t> max_storage_gb;
  std::optional<std::int64_t> max_users;
};
template <class Visitor>
void describe(Visitor& v, TheirLimits& limits) {
  constexpr Rule kPositive{.min = 1};
  v.field("max_qps", limits.max_qps, "Requests a second.", kPositive);
  v.field("max_storage_gb", limits.max_storage_gb, "Storage.", kPositive);
  v.field("max_users", limits.max_users, "People.", kPositive);
}

struct TheirTenant {
  tenancy::TenantId tenant_id;
  std::string name;
  TheirStatus status = TheirStatus::kActive;
  std::string plan;
  std::string created_at;
  std::string updated_at;
  TheirLimits limits;
  std::int64_t clock_skew_ms = 60'000;
  std::map<std::string, Json> slo_overlay;
  Json label_overlay;
  std::map<std::string, Json> billing;
  Json contacts;
  std::map<std::string, Json> metadata;
};
template <class Visitor>
void describe(Visitor& v, TheirTenant& tenant) {
  v.required("tenant_id", tenant.tenant_id, "The slug.");
  v.required("name", tenant.name, "For people.");
  v.required("status", tenant.status, "active or suspended.");
  v.field("plan", tenant.plan, "What it pays for.");
  v.field("created_at", tenant.created_at, "When it was made there.");
  v.field("updated_at", tenant.updated_at, "When it was changed there.");
  v.field("limits", tenant.limits, "What it may use.");
  v.field("clock_skew_ms", tenant.clock_skew_ms, "How far its clients' clocks may be off.",
          {.min = 0, .max = 1e9});
  v.field("slo_overlay", tenant.slo_overlay, "Targets over the defaults.");
  v.field("label_overlay", tenant.label_overlay,
          "Labels over the global ones, or the path of a file of them.");
  v.field("billing", tenant.billing, "Whom to charge.");
  v.field("contacts", tenant.contacts, "Whom to call.");
  v.field("metadata", tenant.metadata, "What else describes it.");
}

class Import {
 public:
  explicit Import(const TheirTenant& theirs) : theirs_(theirs) {}

  ImportedBundle convert() && {
    out_.tenant = theirs_.tenant_id.str();
    tenant_ = {{"id", json::string(out_.tenant)},
               {"name", json::string(theirs_.name)},
               {"status", json::string(name_of(theirs_.status))}};
    plan();
    quotas();
    tenant_["clock_skew"] = json::string(fmt::format("{}ms", theirs_.clock_skew_ms));
    contacts();
    billing();
    metadata();
    slo();
    labels();
    if (!extra_.empty()) metadata_["extra"] = extra_;
    if (!metadata_.empty()) tenant_["metadata"] = metadata_;
    out_.files["tenant.yaml"] = to_yaml(tenant_);
    return std::move(out_);
  }

 private:
  void note(std::string text) { out_.notes.push_back(std::move(text)); }
  void keep(std::string_view key, json::value value, std::string_view why) {
    extra_[key] = std::move(value);
    note(fmt::format("{}: {}; kept in metadata.extra", key, why));
  }

  void plan() {
    std::string plan = theirs_.plan;
    if (auto found = theirs_.billing.find("plan"); plan.empty() && found != theirs_.billing.end()) {
      if (found->second.value.is_string()) plan = found->second.value.get_string();
    }
    if (plan.empty()) return;
    std::string ours = plan == "standard" ? "basic" : plan == "premium" ? "pro" : plan;
    if (!enum_from<snapshot::Plan>(ours)) return keep("plan", json::string(plan), "is no plan of ours");
    if (ours != plan) note(fmt::format("plan: {} became {}", plan, ours));
    tenant_["plan"] = json::string(ours);
  }

  void quotas() {
    json::object quotas{{"max_requests_per_second", theirs_.limits.max_qps}};
    if (theirs_.limits.max_storage_gb) quotas["max_storage_gb"] = *theirs_.limits.max_storage_gb;
    if (theirs_.limits.max_users) quotas["max_users"] = *theirs_.limits.max_users;
    tenant_["quotas"] = std::move(quotas);
    note("limits: max_qps became quotas.max_requests_per_second, which is enforced");
  }

  /// A list of contacts, or a mapping of roles to addresses or contacts.
  void contacts() {
    json::array ours;
    bool understood = true;
    auto take = [&](std::string_view role, const json::value& theirs) {
      json::object contact{{"role", json::string(role)}};
      if (theirs.is_string()) {
        contact["email"] = theirs;
      } else if (const json::object* object = theirs.if_object()) {
        for (std::string_view key : {"role", "name", "email"}) {
          if (const json::value* value = object->if_contains(key)) contact[key] = *value;
        }
      }
      const json::value* email = contact.if_contains("email");
      understood = understood && email != nullptr && email->is_string();
      ours.push_back(std::move(contact));
    };
    const json::value& theirs = theirs_.contacts.value;
    if (const json::object* roles = theirs.if_object()) {
      for (const auto& member : *roles) take(member.key(), member.value());
    } else if (const json::array* list = theirs.if_array()) {
      for (const json::value& item : *list) take("contact", item);
    }
    if (theirs.is_null()) return;
    if (understood && !ours.empty())
      tenant_["contacts"] = std::move(ours);
    else
      keep("contacts", theirs, "has no addresses that were understood");
  }

  void billing() {
    json::object ours, rest;
    for (const auto& [key, entry] : theirs_.billing) {
      if (key == "plan") continue;
      std::string place = key == "account_id" ? "account" : key;
      bool known = place == "account" || place == "cost_center" || place == "currency";
      if (known && entry.value.is_string())
        ours[place] = entry.value;
      else
        rest[key] = entry.value;
    }
    if (!ours.empty()) tenant_["billing"] = std::move(ours);
    if (!rest.empty()) keep("billing", std::move(rest), "has keys that we do not have");
  }

  void metadata() {
    for (const auto& [key, entry] : theirs_.metadata) {
      bool known = key == "industry" || key == "compliance" || key == "contact_email";
      if (known)
        metadata_[key] = entry.value;
      else
        extra_[key] = entry.value;
    }
    if (!theirs_.created_at.empty())
      keep("created_at", json::string(theirs_.created_at), "its life begins anew here");
    if (!theirs_.updated_at.empty())
      keep("updated_at", json::string(theirs_.updated_at), "its life begins anew here");
  }

  void slo() {
    json::object ours, rest;
    for (const auto& [key, entry] : theirs_.slo_overlay) {
      if (key == "error_rate_percent" && entry.value.is_number()) {
        ours["error_rate_max"] = entry.value.to_number<double>() / 100;
        note("slo_overlay: error_rate_percent became error_rate_max, a share");
      } else if (is_target(key)) {
        ours[key] = entry.value;
      } else {
        rest[key] = entry.value;
      }
    }
    if (!rest.empty()) keep("slo_overlay", std::move(rest), "has targets that we do not have");
    if (!ours.empty()) write("slo.yaml", "slo", std::move(ours));
  }

  static bool is_target(std::string_view key) {
    for (std::string_view known : {"availability", "latency_p95_ms", "latency_p99_ms", "error_rate_max",
                                   "cost_per_1k_qa_usd", "saturation"}) {
      if (key == known) return true;
    }
    return false;
  }

  void labels() {
    const json::value& overlay = theirs_.label_overlay.value;
    if (overlay.is_string())
      return keep("label_overlay", overlay, "is a path; write its labels into labels.yaml");
    const json::object* labels = overlay.if_object();
    if (labels == nullptr || labels->empty()) return;
    json::object ours;
    for (const auto& member : *labels) {
      bool values_alone = member.value().is_array();
      ours[member.key()] =
          values_alone ? json::value{{"type", "categorical"}, {"values", member.value()}} : member.value();
    }
    write("labels.yaml", "labels", std::move(ours));
  }

  void write(std::string_view file, std::string_view key, json::object content) {
    json::object document{{"tenant_id", json::string(out_.tenant)}};
    document.emplace(key, std::move(content));
    out_.files.emplace(file, to_yaml(document));
  }

  const TheirTenant& theirs_;
  ImportedBundle out_;
  json::object tenant_, metadata_, extra_;
};

}  // namespace

Result<ImportedBundle> import_decision_os(std::string_view text, std::string_view file) {
  auto tree = parse_yaml(text, file);
  if (!tree) {
    tree.error().reason = "import.invalid";
    return std::unexpected(std::move(tree.error()));
  }
  TRY(TheirTenant theirs, bind_document<TheirTenant>(*tree, file, "import.invalid"));
  ImportedBundle imported = Import(theirs).convert();
  // It holds what we wrote ourselves, no rules and no tests, so it is tried out here.
  auto checked =
      check_bundle(InProcessSandbox(), imported.files, imported.tenant, fmt::format("{} → ", file));
  if (!checked) {
    checked.error().reason = "import.invalid";
    return std::unexpected(std::move(checked.error()));
  }
  return imported;
}

}  // namespace bailiwick::bundles
