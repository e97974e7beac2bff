#include "bundles/platform_bundle.h"

#include <fmt/format.h>

namespace bailiwick::bundles {

bool is_platform_file(std::string_view path) {
  for (const snapshot::FileKind& kind : snapshot::platform_file_kinds()) {
    if (kind.path == path) return true;
  }
  return false;
}

Result<PlatformBundle> check_platform(snapshot::FileTexts files, std::string_view place) {
  PlatformBundle bundle;
  for (const auto& [path, text] : files) {
    if (!is_platform_file(path)) {
      Error stray(ErrorCode::kInvalid, "bundle.invalid", path + " is no file of the platform");
      stray.problems.push_back(
          {fmt::format("{}{}:1:1", place, path), "is no file of the platform; remove it"});
      return std::unexpected(std::move(stray));
    }
    std::string file = fmt::format("{}{}", place, path);
    TRY(Node tree, parse_yaml(text, file));
    if (tree.kind == Node::Kind::kNull) continue;  // nothing but comments
    TRY(bundle.quotas, bind_document<snapshot::PlatformQuotas>(tree, file, "bundle.invalid"));
  }
  bundle.revision = revision_of(manifest_of(files));
  bundle.files = std::move(files);
  return bundle;
}

}  // namespace bailiwick::bundles
