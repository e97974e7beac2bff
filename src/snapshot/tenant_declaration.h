// tenant.yaml: who a tenant is, what it may use, how it is isolated.
#pragma once

#include "base/binding.h"
#include "metering/limits.h"
#include "metering/rating.h"
#include "tenancy/principal.h"

namespace bailiwick::snapshot {

/// pending → active ⇄ suspended → terminating → archived. In a file it is the initial status only.
enum class TenantStatus { kPending, kActive, kSuspended, kTerminating, kArchived };
enum class Plan { kFree, kBasic, kPro, kEnterprise };
enum class IsolationLevel { kHard, kSoft, kNetworkOnly, kCustom };
enum class EncryptionTier { kStandard, kEnhanced };

constexpr std::array<std::pair<std::string_view, TenantStatus>, 5> enum_table(TenantStatus) {
  return {{{"pending", TenantStatus::kPending},
           {"active", TenantStatus::kActive},
           {"suspended", TenantStatus::kSuspended},
           {"terminating", TenantStatus::kTerminating},
           {"archived", TenantStatus::kArchived}}};
}
constexpr std::array<std::pair<std::string_view, Plan>, 4> enum_table(Plan) {
  return {{{"free", Plan::kFree},
           {"basic", Plan::kBasic},
           {"pro", Plan::kPro},
           {"enterprise", Plan::kEnterprise}}};
}
constexpr std::array<std::pair<std::string_view, IsolationLevel>, 4> enum_table(IsolationLevel) {
  return {{{"hard", IsolationLevel::kHard},
           {"soft", IsolationLevel::kSoft},
           {"network-only", IsolationLevel::kNetworkOnly},
           {"custom", IsolationLevel::kCustom}}};
}

constexpr std::array<std::pair<std::string_view, EncryptionTier>, 2> enum_table(EncryptionTier) {
  return {{{"standard", EncryptionTier::kStandard}, {"enhanced", EncryptionTier::kEnhanced}}};
}

/// The three flags of isolation. A level sets all of them; `custom` takes them as given.
struct IsolationProfile {
  IsolationLevel level = IsolationLevel::kSoft;
  bool network = false;
  bool storage = false;
  bool compute = false;

  friend bool operator==(const IsolationProfile&, const IsolationProfile&) = default;
};
/// The flags of `level`: hard 1/1/1, network-only 1/0/0, soft and custom 0/0/0.
constexpr IsolationProfile profile_of(IsolationLevel level) {
  bool hard = level == IsolationLevel::kHard;
  return {.level = level,
          .network = hard || level == IsolationLevel::kNetworkOnly,
          .storage = hard,
          .compute = hard};
}
template <class Visitor>
void describe(Visitor& v, IsolationProfile& profile) {
  v.field("level", profile.level, "A named profile, which sets the flags below, or custom.");
  IsolationProfile by_level = profile_of(profile.level);
  auto flag = [&](std::string_view key, bool IsolationProfile::* member, std::string_view doc) {
    v.field(key, profile.*member, doc);
    if (profile.level == IsolationLevel::kCustom) return;
    v.require(!v.given(key) || profile.*member == by_level.*member,
              std::string(key) + " contradicts the level; remove it, or set level: custom");
    profile.*member = by_level.*member;
  };
  flag("network", &IsolationProfile::network, "A network of its own.");
  flag("storage", &IsolationProfile::storage, "Volumes and databases of its own.");
  flag("compute", &IsolationProfile::compute, "Nodes of its own.");
}

/// What requests may use, at any level: the installation, a tenant, a program, a token. Null = unlimited;
/// exactly at the limit is allowed.
struct RequestQuotas {
  std::optional<std::int64_t> max_requests_per_second;
  std::optional<std::int64_t> max_requests_per_minute;
  std::optional<std::int64_t> max_requests_per_hour;
  std::optional<std::int64_t> max_tokens_per_second;
  std::optional<std::int64_t> max_tokens_per_minute;
  std::optional<std::int64_t> max_tokens_per_hour;
  std::optional<std::int64_t> max_concurrent_requests;
  std::optional<PicoDollars> max_cost_per_day;
  std::optional<PicoDollars> max_cost_per_month;
};
template <class Visitor>
void describe(Visitor& v, RequestQuotas& quotas) {
  constexpr Rule kCount{.min = 0, .max = 1e12};
  v.field("max_requests_per_second", quotas.max_requests_per_second, "Requests in any second.", kCount);
  v.field("max_requests_per_minute", quotas.max_requests_per_minute, "Requests in any minute.", kCount);
  v.field("max_requests_per_hour", quotas.max_requests_per_hour, "Requests in any hour.", kCount);
  v.field("max_tokens_per_second", quotas.max_tokens_per_second, "Model tokens, in and out, in any second.",
          kCount);
  v.field("max_tokens_per_minute", quotas.max_tokens_per_minute, "Model tokens, in and out, in any minute.",
          kCount);
  v.field("max_tokens_per_hour", quotas.max_tokens_per_hour, "Model tokens, in and out, in any hour.",
          kCount);
  v.field("max_concurrent_requests", quotas.max_concurrent_requests, "Requests in flight at one moment.",
          kCount);
  v.field("max_cost_per_day", quotas.max_cost_per_day,
          "Hard limit in USD of a day in the tenant's time zone.");
  v.field("max_cost_per_month", quotas.max_cost_per_month, "Hard limit in USD of a calendar month.");
}

/// What a tenant may use.
struct Quotas : RequestQuotas {
  std::optional<double> max_storage_gb;
  std::optional<std::int64_t> max_users;
  std::optional<double> max_cpus;
  std::optional<double> max_memory_gb;
  std::optional<std::int64_t> max_containers;
  std::optional<std::int64_t> max_services;
};
template <class Visitor>
void describe(Visitor& v, Quotas& quotas) {
  describe(v, static_cast<RequestQuotas&>(quotas));
  constexpr Rule kCount{.min = 0, .max = 1e12};
  v.field("max_storage_gb", quotas.max_storage_gb, "Documents, runs and evidence together, in 10^9 bytes.",
          kCount);
  v.field("max_users", quotas.max_users, "People and live tokens.", kCount);
  v.field("max_cpus", quotas.max_cpus, "CPUs of all containers together.", kCount);
  v.field("max_memory_gb", quotas.max_memory_gb, "Memory of all containers together, in 10^9 bytes.", kCount);
  v.field("max_containers", quotas.max_containers, "Containers that run at one moment.", kCount);
  v.field("max_services", quotas.max_services, "Services that are published.", kCount);
}

struct TenantConfig {
  std::string region;
  std::optional<std::int64_t> retention_days;
  EncryptionTier encryption = EncryptionTier::kStandard;
};
template <class Visitor>
void describe(Visitor& v, TenantConfig& config) {
  v.field("region", config.region, "Where the tenant lives, such as us-east-1.", {.max_length = 63});
  v.field("retention_days", config.retention_days,
          "How long its data is kept when retention.yaml says nothing.", {.min = 1, .max = 36500});
  v.field("encryption", config.encryption, "enhanced asks for keys of the tenant's own.");
}

/// One `@` between a name and a dotted host, no spaces. Whether it is read is for a mail to find out.
bool is_email(std::string_view text);
/// `UTC`, `Europe/Paris`: the shape of an IANA name. Whether it exists is known by the time zone database.
bool is_time_zone_name(std::string_view text);

struct Contact {
  std::string role;
  std::string name;
  std::string email;
};
template <class Visitor>
void describe(Visitor& v, Contact& contact) {
  v.required("role", contact.role, "What to call them for: security, billing, technical.",
             {.max_length = 63});
  v.field("name", contact.name, "Of the person or team.", {.max_length = 200});
  v.required("email", contact.email, "Where they read.", {.max_length = 254});
  v.require(contact.email.empty() || is_email(contact.email), "email: write an address like ops@example.com");
}

struct Billing {
  std::string account;
  std::string currency = "USD";
  std::string cost_center;
  std::optional<metering::Rating> rating;
};
template <class Visitor>
void describe(Visitor& v, Billing& billing) {
  v.field("account", billing.account, "Whom to charge.", {.max_length = 200});
  v.field("currency", billing.currency, "USD; prices and budgets are in it.", {.max_length = 3});
  v.field("cost_center", billing.cost_center, "The tenant's own code for its cost.", {.max_length = 200});
  v.field("rating", billing.rating, "What usage is charged with; without it there are no invoices.");
  v.require(billing.currency == "USD", "currency: only USD is metered");
}

struct TenantMetadata {
  std::string industry;
  std::vector<std::string> compliance;
  std::string contact_email;
  std::map<std::string, Json> extra;
};
template <class Visitor>
void describe(Visitor& v, TenantMetadata& metadata) {
  v.field("industry", metadata.industry, "healthcare, finance, …", {.max_length = 63});
  v.field("compliance", metadata.compliance, "Regimes that bind the tenant: HIPAA, SOX, GDPR.",
          {.max_length = 32});
  v.field("contact_email", metadata.contact_email, "The first address to write to.", {.max_length = 254});
  v.field("extra", metadata.extra, "Anything else; kept as it is.", {.max_length = 64});
  v.require(metadata.contact_email.empty() || is_email(metadata.contact_email),
            "contact_email: write an address like ops@example.com");
}

struct TenantDeclaration {
  tenancy::TenantId id;
  std::string name;
  std::string description;
  TenantStatus status = TenantStatus::kActive;
  Plan plan = Plan::kFree;
  IsolationProfile isolation;
  Quotas quotas;
  TenantConfig config;
  std::vector<tenancy::NamespaceId> namespaces;
  std::vector<tenancy::ProgramId> programs;
  std::map<std::string, RequestQuotas> program_quotas;
  std::string owner;
  std::map<std::string, std::string> labels;
  std::vector<Contact> contacts;
  TenantMetadata metadata;
  std::chrono::milliseconds clock_skew{60'000};
  std::string time_zone = "UTC";
  Billing billing;
  bool protect = false;  ///< a protected tenant cannot be deleted
};
template <class Visitor>
void describe(Visitor& v, TenantDeclaration& tenant) {
  v.required("id", tenant.id, "The immutable slug of the tenant; the name of its folder.");
  v.required("name", tenant.name, "For people; no two tenants share one.",
             {.max_length = 200, .min_length = 1});
  v.field("description", tenant.description, "One sentence.", {.max_length = 2000});
  v.field("status", tenant.status, "The status that its life begins in: pending, active or suspended.");
  v.field("plan", tenant.plan, "What it pays for.");
  v.field("isolation", tenant.isolation, "How far its resources are its own.");
  v.field("quotas", tenant.quotas,
          "What it may use at most. Absent = unlimited; exactly at a limit is allowed.");
  v.field("config", tenant.config, "Region, retention and encryption.");
  v.field("namespaces", tenant.namespaces, "Groupings of resources; each belongs to one tenant alone.");
  v.field("programs", tenant.programs, "Partitions with runs, baselines and thresholds of their own.");
  v.field("program_quotas", tenant.program_quotas,
          "What a program may use at most, within what the tenant may.", {.max_length = 1000});
  v.field("owner", tenant.owner, "The user who answers for it.", {.max_length = 254});
  v.field("labels", tenant.labels, "Key and value, for lists and reports.", {.max_length = 64});
  v.field("contacts", tenant.contacts, "Whom to call.", {.max_length = 32});
  v.field("metadata", tenant.metadata, "Industry, compliance and what else describes it.");
  v.field("clock_skew", tenant.clock_skew, "How far its clients' clocks may be off: 60s.");
  v.field("time_zone", tenant.time_zone, "IANA name; days and months of its budgets begin there.",
          {.max_length = 63});
  v.field("billing", tenant.billing, "Whom to charge, and what.");
  v.field("protect", tenant.protect, "A protected tenant cannot be deleted.");
  v.require(is_time_zone_name(tenant.time_zone), "time_zone: write an IANA name like UTC or Europe/Paris");
}

}  // namespace bailiwick::snapshot
