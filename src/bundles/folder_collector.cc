#include "bundles/folder_collector.h"

#include <algorithm>

#include <fmt/format.h>

#include "bundles/platform_bundle.h"
#include "bundles/statement.h"
#include "crypto/hash.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::bundles {
namespace {

constexpr int kMaxDepth = 4;  // programs/<program>/policies/retrieval.yaml
constexpr std::string_view kDocuments = "documents";
/// Far more than a bundle has files, as people keep other things beside them.
constexpr std::size_t kMaxEntries = 20'000;
constexpr std::size_t kMaxProblems = 100;

bool belongs(std::string_view folder, std::string_view path) {
  return folder == kPlatformFolder ? is_platform_file(path) : snapshot::kind_of_path(path) != nullptr;
}

}  // namespace

Manifest applied_manifest(const TenantFolder& folder) {
  Manifest manifest = manifest_of(folder.files);
  if (folder.envelope) manifest.emplace(kEnvelopeFile, crypto::to_hex(crypto::sha256(*folder.envelope)));
  return manifest;
}

bool is_passed_over(std::string_view name) {
  return name.starts_with('.') || name == "README.md";
}

std::optional<TenantFolder> misplaced(const std::string& name, std::string place,
                                      FolderCollector::Entry entry) {
  bool folder = entry == FolderCollector::Entry::kFolder;
  if (folder && (name == kPlatformFolder || tenancy::is_slug(name))) return std::nullopt;
  std::string message =
      name == kPlatformFolder ? "is not a folder; make it one, or remove it"
      : folder ? "a tenant's folder is named by its id: lower-case letters, digits and single dashes"
               : "only folders of tenants belong here";
  TenantFolder odd{.name = name, .place = std::move(place), .files = {}, .envelope = {}, .problems = {}};
  odd.problems.push_back({odd.place + ":1:1", std::move(message)});
  return odd;
}

FolderCollector::FolderCollector(std::string name, std::string place) {
  out_.name = std::move(name);
  out_.place = std::move(place);
}

void FolderCollector::problem(std::string_view path, std::string message) {
  if (out_.problems.size() >= kMaxProblems) return;
  out_.problems.push_back({fmt::format("{}{}:1:1", out_.place, path), std::move(message)});
}

FolderCollector::Next FolderCollector::visit(const std::string& path, Entry entry, const Read& read) {
  if (++seen_ > kMaxEntries) {
    if (seen_ == kMaxEntries + 1)
      problem("",
              fmt::format("holds more than {} files and folders; keep only the bundle here", kMaxEntries));
    return Next::kStop;
  }
  auto depth = 1 + std::ranges::count(path, '/');
  std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  if (is_passed_over(name) || path == kDocuments) return Next::kGoOn;
  if (entry == Entry::kFolder) {
    if (depth < kMaxDepth) return Next::kWalkIt;
    problem(path, "lies deeper than any file of a bundle");
  } else if (entry == Entry::kLink) {
    problem(path, "is a symbolic link; put the file itself here");
  } else if (entry == Entry::kOther) {
    problem(path, "is not a regular file; remove it");
  } else {
    take(path, read);
  }
  return Next::kGoOn;
}

void FolderCollector::take(const std::string& path, const Read& read) {
  if (path == kEnvelopeFile) {
    auto text = read(crypto::kMaxEnvelopeBytes);
    if (!text) return problem(path, text.error().message);
    out_.envelope = std::move(*text);
    return;
  }
  if (!belongs(out_.name, path))
    return problem(path, "is not a file of a bundle; remove it, or correct its name or place");
  if (out_.files.size() >= snapshot::kMaxBundleFiles) {
    if (std::exchange(full_, true)) return;
    return problem(path, fmt::format("a bundle has at most {} files", snapshot::kMaxBundleFiles));
  }
  auto text = read(snapshot::kMaxBundleFileBytes);
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

}  // namespace bailiwick::bundles
