// GateRig: tenants, credentials and a gatekeeper over a ledger that remembers and can be made to fail.
#pragma once

#include "base/log.h"
#include "identity/gatekeeper.h"
#include "policy/role_kernel.h"

namespace bailiwick::testing_support {

/// Keeps records in memory, by chain.
class RememberingLedger final : public ledger::Ledger {
 public:
  using Told = std::move_only_function<void(Status)>;
  Status append_budget(std::string_view, std::string_view, PicoDollars) override { return {}; }
  Status append_budget_alert(std::string_view, std::string_view, int, PicoDollars, PicoDollars) override {
    return {};
  }
  Status each_budget(
      const std::function<void(std::string_view, std::string_view, PicoDollars)>&) const override {
    return {};
  }
  void when_on_disk(Told told) override { disk(std::move(told)); }
  std::chrono::milliseconds sync_lag() const override { return {}; }
  Status close() override { return {}; }

  struct Kept {
    std::string chain;
    ledger::Record record;
    bool durable = false;
  };
  std::vector<Kept> kept() const {
    MutexLock lock(mutex_);
    return kept_;
  }
  /// `chain decision action reason` of the last record, or empty.
  std::string last() const {
    MutexLock lock(mutex_);
    if (kept_.empty()) return "";
    const Kept& kept = kept_.back();
    return kept.chain + " " + kept.record.decision + " " + kept.record.action + " " + kept.record.reason;
  }
  std::atomic<bool> full = false;
  /// How it tells that records are on disk.
  std::function<void(Told)> disk = [](Told told) { told({}); };

 protected:
  Status write(std::string_view chain, std::span<const ledger::Record> records, Durability durability,
               tenancy::Footprint*) override {
    if (full) return fail(ErrorCode::kUnavailable, "ledger.full", "the ledger is full");
    MutexLock lock(mutex_);
    for (const ledger::Record& record : records) {
      kept_.push_back({std::string(chain), record, durability == Durability::kDisk});
    }
    return {};
  }
  std::unique_ptr<ledger::ChainReader> open_reader(std::string_view chain) const override {
    return std::make_unique<Reader>(*this, std::string(chain));
  }

 private:
  class Reader final : public ledger::ChainReader {
   public:
    Reader(const RememberingLedger& ledger, std::string chain) : ledger_(ledger), chain_(std::move(chain)) {}
    ledger::Head head() const override { return {payloads().size(), std::string(64, 'a')}; }
    Status each(std::uint64_t from, const std::function<bool(const ledger::Entry&)>& visit) const override {
      crypto::Digest hash;
      hash.fill(0xaa);
      std::uint64_t sequence = 0;
      for (const std::string& payload : payloads()) {
        if (++sequence >= from && !visit({sequence, payload, {}, hash})) break;
      }
      return {};
    }

   private:
    std::vector<std::string> payloads() const {
      std::vector<std::string> out;
      for (const Kept& kept : ledger_.kept()) {
        if (kept.chain == chain_) out.push_back(ledger::to_json(kept.record, chain_, out.size() + 1));
      }
      return out;
    }
    const RememberingLedger& ledger_;
    const std::string chain_;
  };

  mutable Mutex mutex_;
  std::vector<Kept> kept_ BW_GUARDED_BY(mutex_);
};

class NoSlices final : public metering::SliceJournal {
 public:
  Status grant(std::string_view, std::string_view, PicoDollars) override { return {}; }
  void alert(const metering::BudgetAlert&) override {}
};

class GateRig {
 public:
  using Action = tenancy::Action;
  using Role = tenancy::Role;
  using Status = snapshot::TenantStatus;

  GateRig() {
    set_log_sink([this](std::string_view line) {
      MutexLock lock(log_mutex_);
      log_ += line;
    });
  }
  ~GateRig() { set_log_sink(nullptr); }
  GateRig(const GateRig&) = delete;
  GateRig& operator=(const GateRig&) = delete;

  /// All that was logged while the rig stood.
  std::string log() const {
    MutexLock lock(log_mutex_);
    return log_;
  }

  /// Puts a tenant, or its next state, in the table. Its programs are `blue` and `green`, its namespaces
  /// `lab`, `shop`.
  void tenant(std::string_view id, Status status = Status::kActive, metering::Limits limits = {},
              policy::RulesPtr rules = nullptr, policy::RulesPtr guardrails = nullptr) {
    auto made = std::make_shared<snapshot::TenantSnapshot>();
    if (rules) made->rules_revision = "+rev";
    made->rules = std::move(rules);
    made->guardrails = std::move(guardrails);
    made->tenant.id = tenancy::TenantId::parse(id).value();
    made->tenant.name = std::string(id);
    for (auto name : {"blue", "green"})
      made->tenant.programs.push_back(tenancy::ProgramId::parse(name).value());
    for (auto name : {"lab", "shop"})
      made->tenant.namespaces.push_back(tenancy::NamespaceId::parse(name).value());
    made->lifecycle.status = status;
    made->revision = "rev";
    made->meter = metering::TenantMeter::create(std::string(id), std::move(limits), slices, clock).value();
    tenants.put(std::move(made));
  }

  /// Makes `secret` a credential: of the tenant, or of the platform when none is named.
  void credential(std::string_view secret, std::string_view tenant,
                  std::vector<tenancy::RoleBinding> bindings, std::vector<std::string> scopes = {},
                  std::optional<WallTime> expires_at = {}) {
    auto principal = std::make_shared<tenancy::Principal>();
    principal->subject = "token:tok_" + std::string(secret);
    if (!tenant.empty()) principal->tenant = tenancy::TenantId::parse(tenant).value();
    principal->bindings = std::move(bindings);
    principal->scopes = std::move(scopes);
    auto token = std::make_shared<identity::Token>();
    token->id = "tok_" + std::string(secret);
    token->hash = tokens.hash(secret);
    token->principal = std::move(principal);
    token->expires_at = expires_at;
    tokens.put(std::move(token));
  }
  void credential(std::string_view secret, std::string_view tenant, Role role) {
    credential(secret, tenant, {tenancy::RoleBinding{.role = role}});
  }
  static tenancy::RoleBinding in_program(Role role, std::string_view program) {
    return {.role = role, .program = tenancy::ProgramId::parse(program).value(), .name_space = {}};
  }
  static tenancy::RoleBinding in_namespace(Role role, std::string_view name) {
    return {.role = role, .program = {}, .name_space = tenancy::NamespaceId::parse(name).value()};
  }

  ManualClock clock{parse_rfc3339("2026-11-25T12:00:00Z").value()};
  NoSlices slices;
  identity::TokenTable tokens{std::string(32, 'k')};
  snapshot::TenantTable tenants;
  policy::RoleKernel kernel;
  RememberingLedger ledger;
  identity::Gatekeeper gatekeeper{tokens, tenants, kernel, ledger, clock};

 private:
  mutable Mutex log_mutex_;
  std::string log_ BW_GUARDED_BY(log_mutex_);
};

}  // namespace bailiwick::testing_support
