#include "bundles/source_folder.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/files.h"
#include "bundles/folder_collector.h"
#include "bundles/platform_bundle.h"

namespace bailiwick::bundles {
namespace {

namespace fs = std::filesystem;
using Entry = FolderCollector::Entry;

Entry entry_of(fs::file_status status) {
  if (fs::is_symlink(status)) return Entry::kLink;
  if (fs::is_directory(status)) return Entry::kFolder;
  return fs::is_regular_file(status) ? Entry::kFile : Entry::kOther;
}

Result<std::vector<fs::path>> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    entries.push_back(at->path());
  if (error) return fail(ErrorCode::kUnavailable, "bundles.folder", "cannot be read: " + error.message());
  std::ranges::sort(entries);
  return entries;
}

void walk(const fs::path& folder, const std::string& prefix, FolderCollector& collector) {
  auto entries = entries_of(folder);
  if (!entries) return collector.problem(prefix, entries.error().message);
  for (const fs::path& entry : *entries) {
    std::string path = prefix + entry.filename().string();
    std::error_code error;
    fs::file_status status = fs::symlink_status(entry, error);
    if (error) {
      collector.problem(path, "cannot be read: " + error.message());
      continue;
    }
    auto read = [&](std::size_t limit) { return read_file(entry, limit); };
    FolderCollector::Next next = collector.visit(path, entry_of(status), read);
    if (next == FolderCollector::Next::kStop) return;
    if (next == FolderCollector::Next::kWalkIt) walk(entry, path + "/", collector);
  }
}

}  // namespace

TenantFolder read_tenant_folder(const fs::path& folder) {
  fs::path whole = fs::absolute(folder).lexically_normal();
  if (whole.filename().empty()) whole = whole.parent_path();
  FolderCollector collector(whole.filename().string(), (folder / "").lexically_normal().string());
  walk(folder, "", collector);
  return std::move(collector).result();
}

Result<SourceTree> FolderSource::read() {
  auto entries = entries_of(root_);
  if (!entries) {
    return fail(ErrorCode::kUnavailable, "bundles.folder",
                fmt::format("{}: the folder of tenants {}", root_.string(), entries.error().message));
  }
  SourceTree tree;
  for (const fs::path& entry : *entries) {
    std::string name = entry.filename().string();
    if (is_passed_over(name)) continue;
    std::error_code error;
    std::optional<TenantFolder> found =
        misplaced(name, entry.string(), entry_of(fs::symlink_status(entry, error)));
    if (!found) found = read_tenant_folder(entry);
    if (name == kPlatformFolder)
      tree.platform = std::move(found);
    else
      tree.tenants.push_back(std::move(*found));
  }
  return tree;
}

}  // namespace bailiwick::bundles
