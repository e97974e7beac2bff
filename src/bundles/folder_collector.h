// FolderCollector: the files of one tenant's folder, whatever it is read from, under the rules of source.h.
#pragma once

#include <functional>

#include "bundles/source.h"

namespace bailiwick::bundles {

class FolderCollector {
 public:
  enum class Entry { kFile, kFolder, kLink, kOther };
  enum class Next { kGoOn, kWalkIt, kStop };
  /// The whole content. Errors: kTooLarge when it has more than `limit` bytes.
  using Read = std::function<Result<std::string>(std::size_t limit)>;

  /// A tenant's, or that of `_platform`, by its name. `place` stands before paths in problems.
  FolderCollector(std::string name, std::string place);

  /// Takes what is at `path` below the folder. kWalkIt: it is a folder, and what is in it comes next. kStop:
  /// there is more in it than in any bundle; what else there is does not matter.
  Next visit(const std::string& path, Entry entry, const Read& read);
  void problem(std::string_view path, std::string message);
  TenantFolder result() && { return std::move(out_); }

 private:
  void take(const std::string& path, const Read& read);

  TenantFolder out_;
  std::size_t bytes_ = 0;
  std::size_t seen_ = 0;
  bool full_ = false;  // said once
};

/// Names that people and editors put beside bundles.
bool is_passed_over(std::string_view name);
/// A folder of which nothing is taken, because `entry` may not stand among the folders of tenants.
std::optional<TenantFolder> misplaced(const std::string& name, std::string place,
                                      FolderCollector::Entry entry);

}  // namespace bailiwick::bundles
