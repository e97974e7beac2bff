#include "base/files.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bailiwick {
namespace {

/// Closes on every way out.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> unreadable(const std::filesystem::path& path, int error) {
  if (error == ENOENT || error == ENOTDIR) {
    return fail(ErrorCode::kNotFound, "file.not_found", fmt::format("{}: no such file", path.string()));
  }
  if (error == ELOOP) {
    return fail(
        ErrorCode::kInvalid, "file.not_regular",
        fmt::format("{}: is a symbolic link; secrets are read from regular files only", path.string()));
  }
  return fail(ErrorCode::kUnavailable, "file.unreadable",
              fmt::format("{}: cannot be read: {}", path.string(), std::strerror(error)));
}

std::unexpected<Error> unwritable(const std::filesystem::path& path, int error) {
  bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return fail(ErrorCode::kUnavailable, full ? "file.disk_full" : "file.unwritable",
              fmt::format("{}: cannot be written: {}", path.string(), std::strerror(error)));
}

/// 0, or the errno of what went wrong.
int write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes, FileKind kind) {
  // Without O_NONBLOCK a named pipe would hold us before fstat can refuse it.
  int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (kind == FileKind::kSecret ? O_NOFOLLOW : 0);
  Descriptor file(::open(path.c_str(), flags));
  if (file.get() < 0) return unreadable(path, errno);
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return unreadable(path, errno);
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorCode::kInvalid, "file.not_regular",
                fmt::format("{}: is not a regular file", path.string()));
  }
  std::string content;
  // The file may grow between the look and the read, so the limit is kept while reading.
  content.resize(std::min(max_bytes, static_cast<std::size_t>(info.st_size)) + 1);
  std::size_t filled = 0;
  for (;;) {
    ssize_t got = ::read(file.get(), content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled > max_bytes) {
      return fail(ErrorCode::kTooLarge, "file.too_large",
                  fmt::format("{}: is larger than {} bytes", path.string(), max_bytes));
    }
    if (filled == content.size()) content.resize(std::min(content.size() * 2, max_bytes + 1));
  }
  content.resize(filled);
  return content;
}

Status write_file_atomically(const std::filesystem::path& path, std::string_view content, FileKind kind) {
  std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::string temporary = (folder / fmt::format(".{}.XXXXXX", path.filename().string())).string();
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return unwritable(path, errno);
  auto give_up = [&](int error) -> Status {
    ::unlink(temporary.c_str());
    return unwritable(path, error);
  };
  if (::fchmod(file.get(), kind == FileKind::kSecret ? 0600 : 0644) != 0) return give_up(errno);
  if (int error = write_all(file.get(), content); error != 0) return give_up(error);
  if (::fsync(file.get()) != 0) return give_up(errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up(errno);
  return sync_folder(folder);
}

Status make_private_folder(const std::filesystem::path& path) {
  std::filesystem::path made;
  for (const std::filesystem::path& part : path) {
    made /= part;
    if (::mkdir(made.c_str(), 0700) != 0 && errno != EEXIST) {
      int error = errno;
      std::error_code ignored;
      if (!std::filesystem::is_directory(made, ignored)) return unwritable(made, error);
    }
  }
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return unwritable(path, ENOTDIR);
  return {};
}

Status sync_folder(const std::filesystem::path& folder) {
  Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) return unwritable(folder, errno);
  return {};
}

}  // namespace bailiwick
