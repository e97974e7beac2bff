// tenant.yaml: who a tenant is, what it may use, how it is isolated.
#pragma once

#include "base/binding.h"
#include "metering/limits.h"
#include "tenancy/principal.h"

namespace bailiwick::snapshot {

/// pending → active ⇄ suspended → terminating → archived. In a file it is the initial status only.
enum class TenantStatus { kPending, kActive, kSuspended, kTerminating, kArchived };
enum class Plan { kFree, kBasic, kPro, kEnterprise };
enum class IsolationLevel { kHard, kSoft, kNetworkOnly, kCustom };

constexpr std::array<std::pair<std::string_view, TenantStatus>, 5> enum_table(TenantStatus) {
  return {{{"pending", TenantStatus::kPending},
           {"active", TenantStatus::kActive},
           {"suspended", TenantStatus::kSuspended},
           {"terminating", TenantStatus::kTerminating},
           {"archived", TenantStatus::kArchived}}};
}
constexpr std::array<std::pair<std::string_view, Plan>, 4> enum_table(Plan) {
  return {{{"free", Plan::kFree}, {"basic", Plan::kBasic}, {"pro", Plan::kPro}, {"enterprise", Plan::kEnterprise}}};
}
constexpr std::array<std::pair<std::string_view, IsolationLevel>, 4> enum_table(IsolationLevel) {
  return {{{"hard", IsolationLevel::kHard},
           {"soft", IsolationLevel::kSoft},
           {"network-only", IsolationLevel::kNetworkOnly},
           {"custom", IsolationLevel::kCustom}}};
}

/// The three flags of isolation. A level sets all of them; `custom` takes them as given.
struct IsolationProfile {
  IsolationLevel level = IsolationLevel::kSoft;
  bool network = false;
  bool storage = false;
  bool compute = false;
};

/// One counter model: rates, gauges and budgets. Null = unlimited; exactly at the limit is allowed.
struct Quotas {
  std::optional<std::int64_t> max_requests_per_second;
  std::optional<std::int64_t> max_requests_per_minute;
  std::optional<std::int64_t> max_requests_per_hour;
  std::optional<std::int64_t> max_tokens_per_minute;
  std::optional<std::int64_t> max_concurrent_requests;
  std::optional<PicoDollars> max_cost_per_day;
  std::optional<PicoDollars> max_cost_per_month;
  std::optional<double> max_storage_gb;
  std::optional<std::int64_t> max_users;
  std::optional<double> max_cpus;
  std::optional<double> max_memory_gb;
  std::optional<std::int64_t> max_containers;
  std::optional<std::int64_t> max_services;
};

struct TenantConfig {
  std::string region;
  std::optional<std::int64_t> retention_days;
  std::string encryption = "standard";  ///< standard | enhanced
};

struct Contact {
  std::string role;
  std::string name;
  std::string email;
};

struct Billing {
  std::string account;
  std::string currency = "USD";
  std::string cost_center;
};

struct TenantMetadata {
  std::string industry;
  std::vector<std::string> compliance;
  std::string contact_email;
  std::map<std::string, Json> extra;
};

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
  std::string owner;
  std::map<std::string, std::string> labels;
  std::vector<Contact> contacts;
  TenantMetadata metadata;
  std::chrono::milliseconds clock_skew{60'000};
  std::string time_zone = "UTC";
  Billing billing;
  bool protect = false;  ///< a protected tenant cannot be deleted
};

}  // namespace bailiwick::snapshot
