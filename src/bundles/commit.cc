#include "bundles/commit.h"

#include <filesystem>

#include <fmt/format.h>

#include "bundles/platform_bundle.h"
#include "bundles/sandbox.h"
#include "bundles/source_folder.h"
#include "bundles/tenant_names.h"
#include "snapshot/effective_limits.h"

namespace bailiwick::bundles {
namespace {

std::unexpected<Error> invalid(std::vector<Problem> problems) {
  Error error(ErrorCode::kInvalid, "bundle.invalid", problems.front().message);
  error.problems = std::move(problems);
  return std::unexpected(std::move(error));
}

}  // namespace

Result<CheckedBundle> check_bundle(const snapshot::FileTexts& files, std::string_view folder,
                                   std::string_view place, const snapshot::PlatformQuotas& platform) {
  snapshot::ParsedBundle parsed = snapshot::parse_bundle(files, place);
  snapshot::validate_bundle(parsed, folder, place, platform);
  if (!parsed.problems.empty()) return invalid(std::move(parsed.problems));
  if (auto found = run_in_sandbox(parsed, place); !found.empty()) return invalid(std::move(found));
  snapshot::QuotaOrigins inherited = inherit(parsed.tenant.quotas, parsed.tenant.plan, platform);
  CheckedBundle checked{.tenant = std::move(parsed.tenant),
                        .inherited = std::move(inherited),
                        .files = std::make_shared<const snapshot::BundleFiles>(std::move(parsed.files)),
                        .limits = {},
                        .manifest = manifest_of(files),
                        .revision = {}};
  checked.limits = snapshot::limits_of(checked.tenant, checked.files->settings.router);
  checked.revision = revision_of(checked.manifest);
  return checked;
}

namespace {

FolderCheck check_folder(TenantFolder& source, const snapshot::PlatformQuotas& platform, TenantNames& names) {
  FolderCheck check{.tenant = source.name, .revision = {}, .problems = std::move(source.problems)};
  if (source.files.empty() && !check.problems.empty()) return check;
  auto bundle = check_bundle(source.files, source.name, source.place, platform);
  if (!bundle) {
    for (Problem& problem : bundle.error().problems) check.problems.push_back(std::move(problem));
    return check;
  }
  if (auto taken = names.claim(bundle->tenant); !taken)
    check.problems.push_back({fmt::format("{}tenant.yaml:1:1", source.place), taken.error().message});
  if (!check.problems.empty()) return check;
  check.revision = bundle->revision;
  check.quotas = bundle->tenant.quotas;
  check.inherited = std::move(bundle->inherited);
  return check;
}

FolderCheck check_platform_folder(TenantFolder& source, snapshot::PlatformQuotas& quotas) {
  FolderCheck check{.tenant = source.name, .revision = {}, .problems = std::move(source.problems)};
  auto bundle = check_platform(source.files, source.place);
  if (!bundle) {
    for (Problem& problem : bundle.error().problems) check.problems.push_back(std::move(problem));
    return check;
  }
  quotas = bundle->quotas;
  if (check.problems.empty()) check.revision = bundle->revision;
  return check;
}

}  // namespace

Result<std::vector<FolderCheck>> validate_folder(const std::filesystem::path& folder) {
  std::vector<TenantFolder> sources;
  std::error_code ignored;
  bool one_tenant = std::filesystem::exists(folder / "tenant.yaml", ignored);
  if (one_tenant) {
    sources.push_back(read_tenant_folder(folder));
  } else {
    TRY(sources, read_tenant_folders(folder));
  }
  std::vector<FolderCheck> checks;
  snapshot::PlatformQuotas platform;
  if (auto found = read_platform_folder(one_tenant ? folder / ".." : folder)) {
    FolderCheck check = check_platform_folder(*found, platform);
    if (!one_tenant || !check.problems.empty()) checks.push_back(std::move(check));
  }
  TenantNames names;
  for (TenantFolder& source : sources) checks.push_back(check_folder(source, platform, names));
  return checks;
}

}  // namespace bailiwick::bundles
