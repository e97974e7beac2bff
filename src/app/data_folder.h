// The data folder: who owns it, where things lie in it, and its secrets.
#pragma once

#include <filesystem>

#include "base/random.h"
#include "identity/token_service.h"

namespace bailiwick::app {

class DataFolder {
 public:
  /// Makes the folder (0700) and locks it: two servers on one folder would each believe in their own
  /// counters. Errors: kConflict `data.in_use`, kUnavailable.
  static Result<DataFolder> open(const std::filesystem::path& path);
  ~DataFolder();
  DataFolder(DataFolder&& other) noexcept : path_(std::move(other.path_)), lock_(other.lock_) {
    other.lock_ = -1;
  }
  DataFolder& operator=(DataFolder&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path journal() const { return path_ / "journal"; }
  std::filesystem::path prices() const { return path_ / "prices.json"; }
  std::filesystem::path admin_token() const { return path_ / "admin.token"; }
  /// The key of the token hashes; made on first use, mode 0600.
  Result<std::string> token_key(Random& random) const;

 private:
  DataFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace bailiwick::app
