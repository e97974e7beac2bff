#include "app/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/files.h"

namespace bailiwick::app {

Result<DataFolder> DataFolder::open(const std::filesystem::path& path) {
  CHECK_OK(make_private_folder(path));
  std::string lock_file = (path / "lock").string();
  int lock = ::open(lock_file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0)
    return fail(ErrorCode::kUnavailable, "data.unwritable", fmt::format("{}: cannot be written", lock_file));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return fail(ErrorCode::kConflict, "data.in_use",
                fmt::format("{}: another server works in this folder; stop it or give another --data",
                            path.string()));
  }
  return DataFolder(path, lock);
}

DataFolder::~DataFolder() {
  if (lock_ >= 0) ::close(lock_);
}

Result<std::string> DataFolder::token_key(Random& random) const {
  constexpr std::size_t kBytes = 32;
  std::filesystem::path file = path_ / "token.key";
  auto existing = read_file(file, kBytes, FileKind::kSecret);
  if (existing) {
    if (existing->size() == kBytes) return existing;
    return fail(ErrorCode::kInternal, "data.token_key",
                fmt::format("{}: is damaged; restore it from a backup", file.string()));
  }
  if (existing.error().code != ErrorCode::kNotFound) return existing;
  std::string key(kBytes, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(key.data()), key.size()});
  CHECK_OK(write_file_atomically(file, key, FileKind::kSecret));
  return key;
}

}  // namespace bailiwick::app
