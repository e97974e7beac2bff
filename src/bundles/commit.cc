#include "bundles/commit.h"

#include <filesystem>

#include <fmt/format.h>

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
                                   std::string_view place) {
  snapshot::ParsedBundle parsed = snapshot::parse_bundle(files, place);
  snapshot::validate_bundle(parsed, folder, place);
  if (!parsed.problems.empty()) return invalid(std::move(parsed.problems));
  if (auto found = run_in_sandbox(parsed, place); !found.empty()) return invalid(std::move(found));
  CheckedBundle checked{.tenant = std::move(parsed.tenant),
                        .files = std::make_shared<const snapshot::BundleFiles>(std::move(parsed.files)),
                        .limits = {},
                        .manifest = manifest_of(files),
                        .revision = {}};
  checked.limits = snapshot::limits_of(checked.tenant, checked.files->settings.router);
  checked.revision = revision_of(checked.manifest);
  return checked;
}

Result<std::vector<FolderCheck>> validate_folder(const std::filesystem::path& folder) {
  std::vector<TenantFolder> sources;
  std::error_code ignored;
  if (std::filesystem::exists(folder / "tenant.yaml", ignored)) {
    sources.push_back(read_tenant_folder(folder));
  } else {
    TRY(sources, read_tenant_folders(folder));
  }
  std::vector<FolderCheck> checks;
  TenantNames names;
  for (TenantFolder& source : sources) {
    FolderCheck& check = checks.emplace_back(source.name, "", std::move(source.problems));
    if (source.files.empty() && !check.problems.empty()) continue;
    auto bundle = check_bundle(source.files, source.name, source.place);
    if (!bundle) {
      for (Problem& problem : bundle.error().problems) check.problems.push_back(std::move(problem));
      continue;
    }
    if (auto taken = names.claim(bundle->tenant); !taken) {
      check.problems.push_back({fmt::format("{}tenant.yaml:1:1", source.place), taken.error().message});
    }
    if (check.problems.empty()) check.revision = bundle->revision;
  }
  return checks;
}

}  // namespace bailiwick::bundles
