#include "bundles/source_folder.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/files.h"
#include "bundles/platform_bundle.h"
#include "bundles/statement.h"
#include "crypto/hash.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::bundles {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 4;  // programs/<program>/policies/retrieval.yaml
constexpr std::string_view kDocuments = "documents";

/// What people and editors put beside bundles.
bool is_passed_over(std::string_view name) {
  return name.starts_with('.') || name == "README.md";
}

class FolderReader {
 public:
  using Belongs = bool (*)(std::string_view path);

  FolderReader(const fs::path& root, Belongs belongs) : root_(root), belongs_(belongs) {
    out_.name = fs::absolute(root).lexically_normal().filename().string();
    if (out_.name.empty())
      out_.name = fs::absolute(root).lexically_normal().parent_path().filename().string();
    out_.place = (root / "").lexically_normal().string();
  }

  TenantFolder read() && {
    walk(root_, "", 1);
    return std::move(out_);
  }

 private:
  void problem(std::string_view path, std::string message) {
    out_.problems.push_back({fmt::format("{}{}:1:1", out_.place, path), std::move(message)});
  }

  void walk(const fs::path& folder, const std::string& prefix, int depth) {
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
      entries.push_back(*at);
    if (error) return problem(prefix, fmt::format("cannot be read: {}", error.message()));
    std::ranges::sort(entries, {}, [](const fs::directory_entry& entry) { return entry.path(); });
    for (const fs::directory_entry& entry : entries) {
      std::string name = entry.path().filename().string();
      if (is_passed_over(name) || (depth == 1 && name == kDocuments)) continue;
      visit(entry, prefix + name, depth);
    }
  }

  void visit(const fs::directory_entry& entry, const std::string& path, int depth) {
    std::error_code error;
    fs::file_status status = entry.symlink_status(error);
    if (error) return problem(path, fmt::format("cannot be read: {}", error.message()));
    if (fs::is_symlink(status)) return problem(path, "is a symbolic link; put the file itself here");
    if (fs::is_directory(status)) {
      if (depth >= kMaxDepth) return problem(path, "lies deeper than any file of a bundle");
      return walk(entry.path(), path + "/", depth + 1);
    }
    if (!fs::is_regular_file(status)) return problem(path, "is not a regular file; remove it");
    if (path == kEnvelopeFile) return take_envelope(entry.path());
    if (!belongs_(path)) {
      return problem(path, "is not a file of a bundle; remove it, or correct its name or place");
    }
    take(entry.path(), path);
  }

  void take_envelope(const fs::path& file) {
    auto text = read_file(file, crypto::kMaxEnvelopeBytes);
    if (!text) return problem(kEnvelopeFile, text.error().message);
    out_.envelope = std::move(*text);
  }

  void take(const fs::path& file, const std::string& path) {
    if (out_.files.size() >= snapshot::kMaxBundleFiles) {
      if (std::exchange(full_, true)) return;
      return problem(path, fmt::format("a bundle has at most {} files", snapshot::kMaxBundleFiles));
    }
    auto text = read_file(file, snapshot::kMaxBundleFileBytes);
    if (!text) {
      bool large = text.error().code == ErrorCode::kTooLarge;
      return problem(path, large ? "larger than 1 MiB; split the file" : text.error().message);
    }
    bytes_ += text->size();
    if (bytes_ > snapshot::kMaxBundleBytes) {
      if (std::exchange(full_, true)) return;
      return problem(path,
                     fmt::format("the files of a bundle hold at most {} bytes", snapshot::kMaxBundleBytes));
    }
    out_.files.emplace(path, std::move(*text));
  }

  const fs::path root_;
  const Belongs belongs_;
  TenantFolder out_;
  std::size_t bytes_ = 0;
  bool full_ = false;  // said once
};

}  // namespace

Manifest applied_manifest(const TenantFolder& folder) {
  Manifest manifest = manifest_of(folder.files);
  if (folder.envelope) manifest.emplace(kEnvelopeFile, crypto::to_hex(crypto::sha256(*folder.envelope)));
  return manifest;
}

TenantFolder read_tenant_folder(const fs::path& folder) {
  auto belongs = [](std::string_view path) { return snapshot::kind_of_path(path) != nullptr; };
  return FolderReader(folder, belongs).read();
}

std::optional<TenantFolder> read_platform_folder(const fs::path& root) {
  fs::path folder = root / kPlatformFolder;
  std::error_code error;
  fs::file_status status = fs::symlink_status(folder, error);
  if (!fs::exists(status)) return std::nullopt;
  if (fs::is_directory(status)) return FolderReader(folder, is_platform_file).read();
  TenantFolder odd{.name = std::string(kPlatformFolder),
                   .place = folder.string(),
                   .files = {},
                   .envelope = {},
                   .problems = {}};
  odd.problems.push_back(
      {fmt::format("{}:1:1", folder.string()), "is not a folder; make it one, or remove it"});
  return odd;
}

Result<std::vector<TenantFolder>> read_tenant_folders(const fs::path& root) {
  std::error_code error;
  std::vector<fs::path> folders;
  std::vector<TenantFolder> out;
  for (fs::directory_iterator at(root, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    if (!is_passed_over(name) && name != kPlatformFolder) folders.push_back(at->path());
  }
  if (error) {
    return fail(ErrorCode::kUnavailable, "bundles.folder",
                fmt::format("{}: the folder of tenants cannot be read: {}", root.string(), error.message()));
  }
  std::ranges::sort(folders);
  for (const fs::path& folder : folders) {
    fs::file_status status = fs::symlink_status(folder, error);
    std::string name = folder.filename().string();
    if (fs::is_directory(status) && tenancy::is_slug(name)) {
      out.push_back(read_tenant_folder(folder));
      continue;
    }
    TenantFolder odd{.name = name, .place = folder.string(), .files = {}, .envelope = {}, .problems = {}};
    std::string message =
        fs::is_directory(status)
            ? "a tenant's folder is named by its id: lower-case letters, digits and single dashes"
            : "only folders of tenants belong here";
    odd.problems.push_back({fmt::format("{}:1:1", folder.string()), std::move(message)});
    out.push_back(std::move(odd));
  }
  return out;
}

}  // namespace bailiwick::bundles
