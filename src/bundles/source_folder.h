// FolderSource: bundles as folders of files on this machine: `tenants/<tenant>/…`.
#pragma once

#include <filesystem>

#include "bundles/source.h"

namespace bailiwick::bundles {

/// Reads one tenant's folder, or `_platform`.
TenantFolder read_tenant_folder(const std::filesystem::path& folder);

class FolderSource final : public Source {
 public:
  explicit FolderSource(std::filesystem::path root) : root_(std::move(root)) {}
  /// Errors: kUnavailable `bundles.folder`.
  Result<SourceTree> read() override;

 private:
  const std::filesystem::path root_;
};

}  // namespace bailiwick::bundles
