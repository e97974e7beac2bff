// PositionedFile: a file read at positions, without a mapping: a file that shrinks is an error, not a signal.
#pragma once

#include <cstdint>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

namespace bailiwick::ledger {

class PositionedFile {
 public:
  explicit PositionedFile(const std::filesystem::path& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {}
  ~PositionedFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  PositionedFile(const PositionedFile&) = delete;
  PositionedFile& operator=(const PositionedFile&) = delete;

  bool is_open() const { return fd_ >= 0; }
  /// Bytes read, fewer at the end of the file; 0 when it cannot be read.
  std::size_t read_some(char* to, std::size_t size, std::uint64_t position) const {
    ssize_t got = ::pread(fd_, to, size, static_cast<off_t>(position));
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }
  bool read(char* to, std::size_t size, std::uint64_t position) const {
    return read_some(to, size, position) == size;
  }

 private:
  int fd_;
};

}  // namespace bailiwick::ledger
