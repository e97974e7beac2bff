#include "snapshot/bundle_format.h"

#include <fmt/format.h>

namespace bailiwick::snapshot {
namespace {

/// A file that fills one member of `Owner`.
template <auto Member, class Owner>
void read_member(BindContext& context, const Node& node, Owner& owner) {
  using T = std::remove_reference_t<decltype(owner.*Member)>;
  Binding<T>::read(context, node, owner.*Member, Rule{});
}

template <class T>
json::object schema_of() {
  return Binding<T>::schema(Rule{});
}

template <class T, auto Member>
constexpr FileKind of_settings(std::string_view name, std::string_view path, std::string_view meaning) {
  return {.name = name,
          .path = path,
          .meaning = meaning,
          .schema = schema_of<T>,
          .read_settings = read_member<Member, Settings>};
}
template <class T, auto Member>
constexpr FileKind of_files(std::string_view name, std::string_view path, std::string_view meaning) {
  return {.name = name,
          .path = path,
          .meaning = meaning,
          .schema = schema_of<T>,
          .read_files = read_member<Member, BundleFiles>};
}
template <class T, auto Member>
constexpr FileKind of_platform(std::string_view name, std::string_view path, std::string_view meaning) {
  return {.name = name,
          .path = path,
          .meaning = meaning,
          .schema = schema_of<T>,
          .read_platform = read_member<Member, PlatformFiles>};
}
constexpr FileKind of_text(std::string_view name, std::string_view path, std::string_view meaning,
                           Status (*read)(std::string_view, std::string_view, PolicySources&)) {
  return {.name = name, .path = path, .meaning = meaning, .read_text = read};
}

void read_tenant_file(BindContext& context, const Node& node, TenantDeclaration& tenant) {
  Binding<TenantDeclaration>::read(context, node, tenant, Rule{});
}

void read_tests_file(BindContext& context, const Node& node, BundleTests& tests) {
  if (node.kind == Node::Kind::kNull) return;  // nothing but comments
  Binding<BundleTests>::read(context, node, tests, Rule{});
}

Status read_cedar(std::string_view path, std::string_view text, PolicySources& rules) {
  rules.cedar.emplace(path, text);
  return {};
}
Status read_cedar_schema(std::string_view, std::string_view text, PolicySources& rules) {
  rules.schema = text;
  return {};
}
Status read_entities(std::string_view, std::string_view text, PolicySources& rules) {
  TRY(rules.entities, parse_json(text));
  if (rules.entities.is_array()) return {};
  return fail(ErrorCode::kInvalid, "entities.shape", "expected a JSON array of entities");
}

constexpr FileKind kBundleFiles[] = {
    {.name = "tenant",
     .path = "tenant.yaml",
     .meaning = "Who the tenant is, what it may use, how it is isolated.",
     .presence = Presence::kRequired,
     .schema = schema_of<TenantDeclaration>,
     .read_tenant = read_tenant_file},
    of_settings<RetrievalPolicy, &Settings::retrieval>(
        "retrieval", "policies/retrieval.yaml",
        "How documents are cut and ranked, and which sources are trusted."),
    of_settings<EvaluationPolicy, &Settings::evaluation>(
        "evaluation", "policies/evaluation.yaml",
        "Which answers are judged, by which scores, and what follows."),
    of_settings<GovernancePolicy, &Settings::governance>(
        "governance", "policies/governance.yaml", "Who must agree to what, and how changes reach requests."),
    of_settings<RouterConfig, &Settings::router>(
        "router", "router.yaml", "Which models are called, in which order, and with which money."),
    of_files<FeatureMatrix, &BundleFiles::features>(
        "features", "features.yaml", "Which features the tenant has, what they need and what they exclude."),
    of_files<DataSovereignty, &BundleFiles::sovereignty>(
        "data-sovereignty", "data-sovereignty.yaml",
        "Where data may be, how long it must be kept, how it is encrypted."),
    of_settings<Objectives, &Settings::slo>(
        "slo", "slo.yaml", "What the tenant is promised, and what the end of its error budget means."),
    of_files<LabelCatalog, &BundleFiles::labels>(
        "labels", "labels.yaml", "Labels that events may carry, over those that every tenant has."),
    of_settings<MetricRegistry, &Settings::metrics>(
        "metric_registry", "metric_registry.yaml",
        "When a metric of a run drifts or fails; where baselines come from."),
    of_settings<RetentionPolicy, &Settings::retention>("retention", "retention.yaml",
                                                       "How long things are kept."),
    of_settings<RedactionPolicy, &Settings::redaction>("redaction", "redaction.yaml",
                                                       "What is taken out of what leaves the house."),
    of_text("cedar", "*.cedar",
            "Rules for Bailiwick's operations, and policies of an application of the tenant's.", read_cedar),
    of_text("cedarschema", "schema.cedarschema", "The types that the application's policies speak of.",
            read_cedar_schema),
    of_text("entities", "entities.json", "Entities of the application, as far as they are declared.",
            read_entities),
    {.name = "tests",
     .path = "tests/*.yaml",
     .meaning = "Who may do what under this bundle: cases that must hold before it is activated.",
     .schema = schema_of<BundleTests>,
     .read_tests = read_tests_file},
};

constexpr FileKind kPlatformFiles[] = {
    of_platform<PlatformQuotas, &PlatformFiles::quotas>(
        "quotas", "quotas.yaml",
        "In _platform: the quotas of every tenant, by default and by plan, and their ceilings."),
    of_platform<SignerList, &PlatformFiles::signers>(
        "signers", "signers.yaml", "In _platform: whose keys may sign which tenants' revisions."),
    {.name = "guardrails",
     .path = "*.cedar",
     .meaning = "In _platform: rules that forbid, for every tenant; no tenant can loosen them."},
};

bool path_matches(std::string_view pattern, std::string_view path) {
  std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == path;
  std::string_view before = pattern.substr(0, star), after = pattern.substr(star + 1);
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after))
    return false;
  std::string_view name = path.substr(before.size(), path.size() - before.size() - after.size());
  return name.find('/') == std::string_view::npos;
}

/// `programs/<program>/rest` → rest; empty for anything else.
std::string_view inside_program(std::string_view path) {
  constexpr std::string_view kPrefix = "programs/";
  if (!path.starts_with(kPrefix)) return {};
  std::size_t end = path.find('/', kPrefix.size());
  return end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
}

}  // namespace

std::span<const FileKind> bundle_file_kinds() {
  return kBundleFiles;
}

std::span<const FileKind> platform_file_kinds() {
  return kPlatformFiles;
}

const FileKind* find_kind(std::string_view name) {
  for (std::span<const FileKind> kinds : {bundle_file_kinds(), platform_file_kinds()}) {
    for (const FileKind& kind : kinds) {
      if (kind.name == name) return &kind;
    }
  }
  return nullptr;
}

const FileKind* kind_of_path(std::string_view path) {
  std::string_view inner = inside_program(path);
  for (const FileKind& kind : kBundleFiles) {
    if (inner.empty() ? path_matches(kind.path, path) : kind.read_settings != nullptr && kind.path == inner)
      return &kind;
  }
  return nullptr;
}

const FileKind* kind_of_platform_path(std::string_view path) {
  for (const FileKind& kind : kPlatformFiles) {
    if (path_matches(kind.path, path)) return &kind;
  }
  return nullptr;
}

json::object schema_document(const FileKind& kind) {
  json::object document{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                        {"$id", json::string(fmt::format("urn:bailiwick:schema:{}", kind.name))},
                        {"title", json::string(kind.path)},
                        {"description", json::string(kind.meaning)}};
  if (kind.schema != nullptr) {
    for (auto& member : kind.schema()) document.emplace(member.key(), std::move(member.value()));
  }
  return document;
}

}  // namespace bailiwick::snapshot
