#include "bundles/change.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/printing.h"

namespace bailiwick::bundles {
namespace {

/// Null when the path is not there: absence is a content like any other.
const std::string* hash_in(const Manifest& manifest, const std::string& path) {
  auto found = manifest.find(path);
  return found == manifest.end() ? nullptr : &found->second;
}

bool same(const std::string* a, const std::string* b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

/// Null when there is none: a decision then has nothing to ask.
policy::RulesPtr some(const policy::RulesPtr& rules) {
  return rules && !rules->empty() ? rules : nullptr;
}

/// What a tenant's own managers may change: what describes it, not what limits or protects it.
constexpr std::string_view kOpenFields[] = {"name",     "description", "owner",   "labels",
                                            "contacts", "metadata",    "programs"};

bool says_nothing(const json::value& value) {
  return value.is_null() || (value.is_object() && value.get_object().empty()) ||
         (value.is_array() && value.get_array().empty()) || (value.is_string() && value.get_string().empty());
}

}  // namespace

std::unexpected<Error> no_such_tenant() {
  return fail(ErrorCode::kNotFound, "tenant.not_found", "there is no such tenant");
}

std::unexpected<Error> wrong_state(snapshot::TenantStatus status, std::string_view step) {
  return fail(ErrorCode::kConflict, "tenant.state",
              fmt::format("a tenant that is {} cannot {}", name_of(status), step));
}

Status check_fields(const tenancy::Principal& principal, const json::object& before,
                    const json::object& after) {
  auto value_in = [](const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value == nullptr ? json::value() : *value;
  };
  auto check = [&](std::string_view key) -> Status {
    if (value_in(before, key) == value_in(after, key)) return {};
    if (key == "id") return fail(ErrorCode::kInvalid, "tenant.id_immutable", "a tenant's id never changes");
    if (key == "status") {
      return fail(ErrorCode::kInvalid, "tenant.status_immutable",
                  "suspend, resume or delete the tenant instead");
    }
    if (principal.is_platform_admin() || std::ranges::find(kOpenFields, key) != std::end(kOpenFields))
      return {};
    return fail(ErrorCode::kForbidden, "tenant.field_reserved",
                fmt::format("only the platform admin changes '{}'", key));
  };
  for (const auto& member : before) CHECK_OK(check(member.key()));
  for (const auto& member : after) CHECK_OK(check(member.key()));
  return {};
}

Status check_upstreams(const tenancy::Principal& principal, const snapshot::BundleFiles& before,
                       const snapshot::BundleFiles& after) {
  if (principal.is_platform_admin()) return {};
  auto is_known = [](const snapshot::RouterConfig& router, const std::string& name,
                     const json::value& provider) {
    auto found = router.providers.find(name);
    return found != router.providers.end() && to_json_value(found->second) == provider;
  };
  auto check = [&](const snapshot::RouterConfig& allowed, const snapshot::RouterConfig& asked) -> Status {
    for (const auto& [name, provider] : asked.providers) {
      json::value value = to_json_value(provider);
      if (is_known(allowed, name, value) || is_known(before.settings.router, name, value)) continue;
      return fail(ErrorCode::kForbidden, "tenant.field_reserved",
                  fmt::format("only the platform admin changes `providers` of router.yaml ('{}'): they name "
                              "secrets of the server and hosts that it calls",
                              name));
    }
    const auto& price = asked.budget.unknown_price;
    if (!price || price == allowed.budget.unknown_price ||
        price == before.settings.router.budget.unknown_price)
      return {};
    return fail(
        ErrorCode::kForbidden, "tenant.field_reserved",
        "only the platform admin changes `budget.unknown_price` of router.yaml: by it the quotas of cost are "
        "counted that the platform gives");
  };
  CHECK_OK(check(before.settings.router, after.settings.router));
  for (const auto& [program, settings] : after.programs)
    CHECK_OK(check(before.settings_of(program).router, settings.router));
  return {};
}

void show(CheckedBundle checked, const TenantRow& row, const PlatformBundle& platform,
          snapshot::TenantSnapshot& snapshot) {
  snapshot.tenant = std::move(checked.tenant);
  snapshot.inherited = std::move(checked.inherited);
  snapshot.rules_revision.clear();
  snapshot.guardrails = some(platform.guardrails);
  if (snapshot.guardrails) snapshot.rules_revision = "+platform-" + platform.revision;
  snapshot.rules = some(checked.files->compiled_rules);
  if (snapshot.rules) snapshot.rules_revision += "+" + checked.revision;
  snapshot.files = std::move(checked.files);
  snapshot.lifecycle = row.lifecycle;
  snapshot.revision = std::move(checked.revision);
  snapshot.serial = row.serial;
  snapshot.weight = std::max<std::int64_t>(platform.quotas.weights.of(snapshot.tenant.plan), 1);
}

Merged merge_folder(const Manifest& base, const snapshot::FileTexts& active,
                    const snapshot::FileTexts& folder) {
  Manifest active_manifest = manifest_of(active), folder_manifest = manifest_of(folder);
  std::set<std::string> paths;
  for (const Manifest* manifest :
       std::initializer_list<const Manifest*>{&base, &active_manifest, &folder_manifest}) {
    for (const auto& [path, hash] : *manifest) paths.insert(path);
  }
  Merged merged;
  for (const std::string& path : paths) {
    const std::string* before = hash_in(base, path);
    const std::string* ours = hash_in(active_manifest, path);
    const std::string* theirs = hash_in(folder_manifest, path);
    bool folder_changed = !same(theirs, before);
    if (folder_changed && !same(ours, before) && !same(ours, theirs)) merged.conflicts.push_back(path);
    const snapshot::FileTexts& source = folder_changed ? folder : active;
    if (auto file = source.find(path); file != source.end()) merged.files.insert(*file);
  }
  return merged;
}

json::value merge_patch(json::value target, const json::value& patch) {
  const json::object* changes = patch.if_object();
  if (changes == nullptr) return patch;
  if (!target.is_object()) target = json::object();
  json::object& object = target.get_object();
  for (const auto& member : *changes) {
    if (member.value().is_null()) {
      object.erase(member.key());
    } else {
      json::value& place = object[member.key()];
      place = merge_patch(std::move(place), member.value());
    }
  }
  return target;
}

json::value without_empty(const json::value& value) {
  if (const json::object* object = value.if_object()) {
    json::object out;
    for (const auto& member : *object) {
      json::value kept = without_empty(member.value());
      if (!says_nothing(kept)) out.emplace(member.key(), std::move(kept));
    }
    return out;
  }
  if (const json::array* array = value.if_array()) {
    json::array out;
    for (const json::value& item : *array) out.push_back(without_empty(item));
    return out;
  }
  return value;
}

}  // namespace bailiwick::bundles
