// Stage 2 of a bundle: what its files say of each other.
#include <algorithm>
#include <initializer_list>
#include <iterator>

#include <fmt/format.h>

#include "policy/cedar/entities_json.h"
#include "policy/rule_files.h"
#include "snapshot/bundle_format.h"
#include "snapshot/declared_rules.h"
#include "snapshot/evaluation_rules.h"
#include "snapshot/sovereignty_rules.h"

namespace bailiwick::snapshot {
namespace {

using Path = std::initializer_list<std::string_view>;

class BundleRules {
 public:
  BundleRules(ParsedBundle& bundle, std::string_view folder, std::string_view place,
              const PlatformQuotas& platform)
      : bundle_(bundle), folder_(folder), place_(place), platform_(platform) {}

  void check() {
    make_sovereignty_rules();
    check_identity();
    check_tenant();
    check_programs();
    check_regions();
    check_retention();
    check_features();
    const Settings& settings = bundle_.files.settings;
    check_settings("", settings);
    for (const auto& [program, own] : bundle_.files.programs)
      check_settings(fmt::format("programs/{}/", program), own);
    check_rules();
  }

 private:
  /// The tenant's Cedar: its schema, then its entities and its rules against it.
  void check_rules() {
    PolicySources& sources = bundle_.files.rules;
    std::optional<cedar::Schema> schema;
    if (!sources.schema.empty()) {
      auto parsed = cedar::parse_schema(sources.schema, fmt::format("{}schema.cedarschema", place_));
      if (!parsed) return take(std::move(parsed.error()), "schema.cedarschema");
      schema = std::move(*parsed);
      check_namespace(*schema);
    }
    if (!schema && sources.entities != json::array()) {
      bundle_.problems.push_back({fmt::format("{}entities.json:1:1", place_),
                                  "nothing says what these entities may be; add schema.cedarschema"});
    }
    const cedar::Schema* application = schema ? &*schema : nullptr;
    auto names = std::make_shared<cedar::EntityNames>();
    auto entities =
        cedar::parse_entities(sources.entities, fmt::format("{}entities.json", place_), application, names);
    if (!entities) take(std::move(entities.error()), "entities.json");
    auto read =
        policy::read_rules(sources.cedar, place_, policy::RulesOf::kTenant, application, built_rules());
    if (!read) return take(std::move(read.error()), "");
    bundle_.rules = std::move(*read);
    auto rules = policy::Rules::compile(bundle_.rules.operations);
    if (!rules) return take(std::move(rules.error()), "");
    bundle_.files.compiled_rules = std::move(*rules);
    if (!schema || !entities) return;
    auto access =
        policy::AccessPolicies::compile(bundle_.rules.application, std::move(*schema), std::move(*entities),
                                        fmt::format("{}entities.json", place_), names);
    if (!access) return take(std::move(access.error()), "entities.json");
    bundle_.files.access = std::move(*access);
  }
  void make_sovereignty_rules() {
    const auto& sovereignty = bundle_.files.sovereignty.data_sovereignty;
    const std::string file = "data-sovereignty.yaml";
    if (!sovereignty || !sound(file) || !present(file)) return;
    sovereignty_ =
        sovereignty_rules(*sovereignty, bundle_.documents.at(file), fmt::format("{}{}", place_, file));
    std::vector<cedar::Policy> policies;
    for (const policy::BuiltRule& rule : sovereignty_) policies.push_back(rule.policy);
    auto compiled = policy::Rules::compile(policies);
    if (!compiled) return take(std::move(compiled.error()), file);
    sovereignty_kept_ = std::move(*compiled);
  }
  /// Asked as a call would ask; nothing where the file is faulty or absent.
  std::optional<policy::Rules::Denial> refusal_of(const policy::Facts& facts) const {
    return sovereignty_kept_ ? refusal(*sovereignty_kept_, facts) : std::nullopt;
  }
  bool allows(std::string_view region) const { return !refusal_of({.region = region}); }

  /// The rules of files that are not Cedar.
  std::vector<policy::BuiltRule> built_rules() {
    std::vector<policy::BuiltRule> built = sovereignty_;
    std::ranges::move(evaluation_rules(bundle_.files, bundle_.documents, place_), std::back_inserter(built));
    for (const auto& [path, text] : bundle_.rule_texts) {
      std::size_t before = built.size();
      std::string name = fmt::format("{}{}", place_, path);
      std::string_view program = program_of(path);
      build_rules({.tree = bundle_.documents.at(path), .text = text, .name = name, .program = program}, built,
                  bundle_.problems);
      for (const policy::BuiltRule& rule : std::span(built).subspan(before)) check_scope(rule, program);
    }
    return built;
  }
  /// A rule about a program or namespace that there is not would never apply, and nobody would notice.
  void check_scope(const policy::BuiltRule& rule, std::string_view own) {
    const auto* entity = std::get_if<cedar::EntityUid>(&rule.policy.resource.entity);
    if (!sound("tenant.yaml") || entity == nullptr || entity->id == own) return;
    auto same = [&](const auto& id) { return id.view() == entity->id; };
    const TenantDeclaration& tenant = bundle_.tenant;
    bool known = entity->type == "Bailiwick::Program"     ? std::ranges::any_of(tenant.programs, same)
                 : entity->type == "Bailiwick::Namespace" ? std::ranges::any_of(tenant.namespaces, same)
                                                          : true;
    if (known) return;
    bundle_.problems.push_back({rule.places(rule.policy.resource.span.begin),
                                fmt::format("resource: tenant.yaml names no such {}",
                                            entity->type == "Bailiwick::Program" ? "program" : "namespace")});
  }

  /// What is called like ours would be taken for ours.
  void check_namespace(const cedar::Schema& schema) {
    auto ours = [](std::string_view name) { return name.starts_with("Bailiwick::"); };
    bool taken =
        std::ranges::any_of(schema.entity_types(), [&](const auto& entry) { return ours(entry.first); }) ||
        std::ranges::any_of(schema.actions(), [&](const auto& entry) { return ours(entry.first.type); });
    if (!taken) return;
    bundle_.problems.push_back(
        {fmt::format("{}schema.cedarschema:1:1", place_),
         "the namespace Bailiwick is built in; choose another for an application of your own"});
  }
  void take(Error error, std::string_view file) {
    if (error.problems.empty())
      error.problems.push_back({fmt::format("{}{}:1:1", place_, file), error.message});
    std::ranges::move(error.problems, std::back_inserter(bundle_.problems));
  }

  bool sound(const std::string& file) const { return !bundle_.faulty.contains(file); }
  bool present(const std::string& file) const { return bundle_.documents.contains(file); }

  /// Reports a finding at the node that `keys` lead to, or at the nearest one above it.
  void finding(const std::string& file, Path keys, std::string message) {
    const Node* node = nullptr;
    if (auto found = bundle_.documents.find(file); found != bundle_.documents.end()) node = &found->second;
    std::string name;
    for (std::string_view key : keys) {
      name += name.empty() ? std::string(key) : "/" + std::string(key);
      const Node* next = node == nullptr ? nullptr : step(*node, key);
      if (next != nullptr) node = next;
    }
    int line = node == nullptr ? 1 : std::max(node->line, 1),
        column = node == nullptr ? 1 : std::max(node->column, 1);
    bundle_.problems.push_back({fmt::format("{}{}:{}:{}", place_, file, line, column),
                                name.empty() ? std::move(message) : fmt::format("{}: {}", name, message)});
  }

  static const Node* step(const Node& node, std::string_view key) {
    if (node.kind == Node::Kind::kMapping) return node.find(key);
    std::size_t index = 0;
    for (char c : key)
      index = c >= '0' && c <= '9' ? index * 10 + static_cast<std::size_t>(c - '0') : node.items.size();
    return index < node.items.size() ? &node.items[index] : nullptr;
  }

  /// Every file that names a tenant names this one.
  void check_identity() {
    if (sound("tenant.yaml") && bundle_.tenant.id.view() != folder_) {
      finding("tenant.yaml", {"id"},
              fmt::format("'{}' stands in the folder '{}'; they must be equal", bundle_.tenant.id.view(),
                          folder_));
    }
    for (const auto& [file, tree] : bundle_.documents) {
      const Node* named = tree.find("tenant_id");
      if (named == nullptr || !sound(file) || named->kind == Node::Kind::kNull || named->text == folder_)
        continue;
      finding(file, {"tenant_id"},
              fmt::format("'{}' is another tenant; this folder is '{}'", named->text, folder_));
    }
  }

  void check_tenant() {
    if (!sound("tenant.yaml")) return;
    const TenantDeclaration& tenant = bundle_.tenant;
    if (tenant.status == TenantStatus::kTerminating || tenant.status == TenantStatus::kArchived) {
      finding("tenant.yaml", {"status"}, "a life begins as pending, active or suspended");
    }
    check_unique("namespaces", tenant.namespaces);
    check_unique("programs", tenant.programs);
    const Quotas& quotas = tenant.quotas;
    if (quotas.max_cost_per_day && quotas.max_cost_per_month &&
        *quotas.max_cost_per_day > *quotas.max_cost_per_month) {
      finding("tenant.yaml", {"quotas", "max_cost_per_day"}, "must not be above max_cost_per_month");
    }
    for (Excess& excess : excesses(quotas, platform_.ceilings))
      finding("tenant.yaml", {"quotas", excess.key}, std::move(excess.message));
  }

  template <class Name>
  void check_unique(std::string_view key, const std::vector<Name>& names) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (seen.insert(names[i].view()).second) continue;
      std::string index = std::to_string(i);
      finding("tenant.yaml", {key, index}, fmt::format("'{}' stands twice", names[i].view()));
    }
  }

  /// A program's folder and quotas need the program.
  void check_programs() {
    if (!sound("tenant.yaml")) return;
    for (const auto& [program, settings] : bundle_.files.programs) {
      auto same = [&](const tenancy::ProgramId& id) { return id.view() == program; };
      if (std::ranges::any_of(bundle_.tenant.programs, same)) continue;
      finding(
          "tenant.yaml", {"programs"},
          fmt::format("the folder programs/{} has files, but '{}' is not in this list", program, program));
    }
    for (const auto& [program, quotas] : bundle_.tenant.program_quotas) {
      auto same = [&](const tenancy::ProgramId& id) { return id.view() == program; };
      if (std::ranges::any_of(bundle_.tenant.programs, same)) continue;
      finding("tenant.yaml", {"program_quotas", program},
              "names no program of this tenant; programs lists them");
    }
  }

  void check_regions() {
    const auto& sovereignty = bundle_.files.sovereignty.data_sovereignty;
    const std::string file = "data-sovereignty.yaml";
    if (!sovereignty || !sound(file)) return;
    if (!allows(sovereignty->region)) {
      finding(file, {"data_sovereignty", "region"},
              fmt::format("'{}' is forbidden or not among allowed_regions", sovereignty->region));
    }
    const std::string& region = bundle_.tenant.config.region;
    if (!sound("tenant.yaml") || region.empty()) return;
    if (!allows(region)) {
      finding("tenant.yaml", {"config", "region"}, fmt::format("{} does not allow '{}'", file, region));
    } else if (region != sovereignty->region) {
      finding("tenant.yaml", {"config", "region"},
              fmt::format("'{}' differs from '{}' in {}", region, sovereignty->region, file));
    }
  }

  /// What is deleted by age was kept long enough before.
  void check_retention() {
    const auto& sovereignty = bundle_.files.sovereignty.data_sovereignty;
    if (!sovereignty || !sound("data-sovereignty.yaml")) return;
    const MinimumRetention& least = sovereignty->retention;
    const auto& days = bundle_.tenant.config.retention_days;
    if (sound("tenant.yaml") && days && least.data_days && *days < *least.data_days) {
      finding("tenant.yaml", {"config", "retention_days"},
              fmt::format("data-sovereignty.yaml keeps data for {} days at least", *least.data_days));
    }
    auto check = [&](const std::string& file, std::string_view key, const RetentionSpan& span,
                     std::optional<std::int64_t> least_days) {
      if (!least_days || !span.max_age || *span.max_age >= std::chrono::days(*least_days)) return;
      finding(file, {key, "max_age"},
              fmt::format("data-sovereignty.yaml keeps it for {} days at least", *least_days));
    };
    auto check_file = [&](const std::string& file, const RetentionPolicy& retention) {
      if (!present(file) || !sound(file)) return;
      check(file, "logs", retention.logs, least.logs_days);
      check(file, "data", retention.data, least.data_days);
      check(file, "backups", retention.backups, least.backups_days);
      check(file, "runs", retention.runs, least.data_days);
    };
    check_file("retention.yaml", bundle_.files.settings.retention);
    for (const auto& [program, own] : bundle_.files.programs) {
      check_file(fmt::format("programs/{}/retention.yaml", program), own.retention);
    }
  }

  void check_features() {
    if (!sound("features.yaml")) return;
    for (const FeatureFault& fault : faults_of(bundle_.files.features)) {
      finding("features.yaml", {"features", fault.feature}, fault.message);
    }
  }

  void check_settings(const std::string& folder, const Settings& settings) {
    check_router(folder + "router.yaml", settings.router);
    std::string slo = folder + "slo.yaml", evaluation = folder + "policies/evaluation.yaml";
    if (present(slo) && sound(slo)) {
      for (std::size_t i = 0; i < settings.slo.burn_alerts.size(); ++i) {
        std::string index = std::to_string(i);
        if (settings.slo.burn_alerts[i].long_window <= settings.slo.error_budget.window) continue;
        finding(slo, {"burn_alerts", index, "long_window"}, "must not be longer than error_budget.window");
      }
    }
    if (present(evaluation) && sound(evaluation) && sound(folder + "router.yaml") && sound("router.yaml") &&
        settings.evaluation.judge != "heuristic" && !routes_to(settings.router, settings.evaluation.judge)) {
      finding(evaluation, {"judge"},
              "router.yaml routes to no such model; name one that it does, or heuristic");
    }
  }

  static bool routes_to(const RouterConfig& router, std::string_view model) {
    auto same = [&](const RouteTarget& target) { return target.model == model; };
    return std::ranges::any_of(router.chain(), [&](const RouteTarget* target) { return same(*target); }) ||
           std::ranges::any_of(router.routing.additional_models, same);
  }

  void check_router(const std::string& file, const RouterConfig& router) {
    if (!present(file) || !sound(file)) return;
    for (const auto& [name, provider] : router.providers) {
      if (name == "local")
        finding(file, {"providers", name}, "local is built in; use it without an entry here");
      else if (!tenancy::is_slug(name))
        finding(file, {"providers", name}, "write the name as a slug, like openai-eu");
      policy::Facts facts = facts_of(provider);
      if (!facts.region.empty() && !allows(facts.region)) {
        finding(file, {"providers", name, "region"},
                fmt::format("data-sovereignty.yaml does not allow '{}'", provider.region));
      }
      if (auto denial = refusal_of({.in_transit = facts.in_transit}))
        finding(file, {"providers", name, "base_url"}, denial->message);
    }
    check_target(file, router, {"routing", "primary", "provider"}, router.routing.primary);
    if (router.routing.split) {
      const auto& targets = router.routing.split->targets;
      for (std::size_t i = 0; i < targets.size(); ++i)
        check_target(file, router, {"routing", "split", "targets", std::to_string(i), "provider"},
                     targets[i]);
    }
    if (router.routing.fallback)
      check_target(file, router, {"routing", "fallback", "provider"}, *router.routing.fallback);
    if (router.routing.embeddings) {
      check_target(file, router, {"routing", "embeddings", "provider"}, *router.routing.embeddings);
    }
    check_targets(file, router, "fallbacks", router.routing.fallbacks);
    check_targets(file, router, "additional_models", router.routing.additional_models);
  }

  void check_targets(const std::string& file, const RouterConfig& router, std::string_view key,
                     const std::vector<RouteTarget>& targets) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      std::string index = std::to_string(i);
      check_target(file, router, {"routing", key, index, "provider"}, targets[i]);
    }
  }

  void check_target(const std::string& file, const RouterConfig& router, Path keys,
                    const RouteTarget& target) {
    if (target.provider == "local" || router.providers.contains(target.provider)) return;
    std::vector<std::string> known{"local"};
    for (const auto& [name, provider] : router.providers) known.push_back(name);
    std::string hint = nearest(target.provider, known);
    finding(
        file, keys,
        fmt::format("there is no provider '{}'; {}", target.provider,
                    hint.empty() ? "declare it under providers" : fmt::format("did you mean '{}'?", hint)));
  }

  std::vector<policy::BuiltRule> sovereignty_;
  policy::RulesPtr sovereignty_kept_;  // those rules alone
  ParsedBundle& bundle_;
  const std::string folder_;
  const std::string place_;
  const PlatformQuotas& platform_;
};

}  // namespace

void validate_bundle(ParsedBundle& bundle, std::string_view folder, std::string_view place,
                     const PlatformQuotas& platform) {
  BundleRules(bundle, folder, place, platform).check();
}

}  // namespace bailiwick::snapshot
