#include "ledger/segment.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/bytes.h"
#include "ledger/crc32c.h"

namespace bailiwick::ledger {
namespace {

// Header: magic, number, CRC-32C of both, then at its own place the watermark.
constexpr std::string_view kSegmentMagic = "BWJRNL1\n";
constexpr std::size_t kSyncedAt = 32;

std::unexpected<Error> io_failed(const std::filesystem::path& path, int error, std::string_view what) {
  bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return fail(ErrorCode::kUnavailable, full ? "ledger.full" : "ledger.unavailable",
              full ? "The disk of the ledger is full; free some space." : "The ledger cannot write.",
              fmt::format("{} {}: {}", what, path.string(), std::strerror(error)));
}

std::string header_of(std::uint64_t number) {
  std::string header(kSegmentMagic);
  put(header, number);
  put(header, crc32c(header));
  return header;
}

}  // namespace

std::filesystem::path segment_path(const std::filesystem::path& folder, std::uint64_t number) {
  return folder / fmt::format("journal-{:012}.seg", number);
}
std::filesystem::path index_path(const std::filesystem::path& folder, std::uint64_t number) {
  return folder / fmt::format("journal-{:012}.idx", number);
}

std::size_t scan_frames(std::string_view segment,
                        const std::function<bool(std::size_t offset, const Frame&)>& visit) {
  std::size_t offset = kSegmentHeaderBytes;
  while (offset < segment.size()) {
    std::optional<Frame> frame = decode_frame(segment.substr(offset));
    if (!frame || !visit(offset, *frame)) break;
    offset += frame->bytes.size();
  }
  return offset;
}

Result<std::unique_ptr<Segment>> Segment::create(const std::filesystem::path& path, std::size_t bytes) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return io_failed(path, errno, "cannot make");
  if (int error = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes)); error != 0) {
    ::close(fd);
    ::unlink(path.c_str());  // a part that was allocated is space that others need now
    return io_failed(path, error, "cannot allocate");
  }
  TRY(auto segment, map(fd, bytes, path));
  segment->will_be_appended_to();
  return segment;
}

Result<std::unique_ptr<Segment>> Segment::open(const std::filesystem::path& path, std::uint64_t number) {
  int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return io_failed(path, errno, "cannot open");
  struct stat info{};
  if (::fstat(fd, &info) != 0 || static_cast<std::size_t>(info.st_size) < kSegmentHeaderBytes) {
    ::close(fd);
    return fail(ErrorCode::kInternal, "ledger.damaged",
                fmt::format("{}: offset 0: no header", path.string()));
  }
  TRY(auto segment, map(fd, static_cast<std::size_t>(info.st_size), path));
  std::string header = header_of(number);
  if (!segment->bytes().starts_with(header)) {
    return fail(ErrorCode::kInternal, "ledger.damaged",
                fmt::format("{}: offset 0: not the header of segment {}", path.string(), number));
  }
  segment->number_ = number;
  return segment;
}

Result<std::unique_ptr<Segment>> Segment::map(int fd, std::size_t size, const std::filesystem::path& path) {
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) {
    int error = errno;
    ::close(fd);
    return io_failed(path, error, "cannot map");
  }
  return std::unique_ptr<Segment>(new Segment(fd, static_cast<char*>(data), size, path));
}

Segment::~Segment() {
  ::munmap(data_, size_);
  ::close(fd_);
}

void Segment::set_number(std::uint64_t number) {
  number_ = number;
  std::string header = header_of(number);
  std::memcpy(data_, header.data(), header.size());
}

Status Segment::move_to(const std::filesystem::path& path) {
  if (::rename(path_.c_str(), path.c_str()) != 0) return io_failed(path, errno, "cannot rename to");
  path_ = path;
  return {};
}

void Segment::remove() {
  ::unlink(path_.c_str());
}

std::optional<std::uint32_t> Segment::append(std::string_view frame) {
  if (frame.size() > size_ - end_) return std::nullopt;
  std::size_t offset = end_;
  if (grants_budget(frame)) granting_.push_back(static_cast<std::uint32_t>(offset));
  std::memcpy(data_ + offset, frame.data(), frame.size());
  end_ += frame.size();
  return static_cast<std::uint32_t>(offset);
}

void Segment::resume(std::size_t end, std::vector<std::uint32_t> granting) {
  end_ = end;
  granting_ = std::move(granting);
}

Result<std::vector<Grant>> Segment::grants() const {
  std::vector<Grant> all;
  for (std::uint32_t offset : granting_) {
    std::optional<Frame> frame = decode_frame(bytes().substr(offset));
    if (!frame) {
      return fail(ErrorCode::kInternal, "ledger.damaged",
                  fmt::format("segment {}: offset {}: the frame is damaged", number_, offset));
    }
    std::ranges::move(grants_of(*frame), std::back_inserter(all));
  }
  return all;
}

Status Segment::cut(std::size_t offset) {
  auto at = static_cast<off_t>(offset), rest = static_cast<off_t>(size_ - offset);
  // A file that came back from a backup may have holes, and a write into one could run out of disk.
  if (int error = ::posix_fallocate(fd_, 0, static_cast<off_t>(size_)); error != 0) {
    return io_failed(path_, error, "cannot allocate");
  }
  // Some file systems cannot zero a range by themselves; by hand is slower and no less right.
  if (rest > 0 && ::fallocate(fd_, FALLOC_FL_ZERO_RANGE, at, rest) != 0)
    std::memset(data_ + offset, 0, size_ - offset);
  end_ = offset;
  return {};
}

void Segment::make_writable(std::size_t offset, std::size_t size) {
  constexpr std::size_t kPage = 4096;
  offset -= offset % kPage;
  size = std::min(size, size_ - offset);
  // A kernel before 5.14 does not know this; appends then take their faults themselves.
  [[maybe_unused]] int ignored = ::madvise(data_ + offset, size, MADV_POPULATE_WRITE);
}

void Segment::will_be_appended_to() {
  [[maybe_unused]] int ignored = ::madvise(data_, size_, MADV_RANDOM);  // slower without, and no less right
}

void Segment::release(std::size_t from, std::size_t to) {
  constexpr std::size_t kPage = 4096;
  from = (from + kPage - 1) / kPage * kPage;
  to = to / kPage * kPage;
  if (from < to) (void)::madvise(data_ + from, to - from, MADV_DONTNEED);
}

Status Segment::sync() {
  if (::fdatasync(fd_) != 0) return io_failed(path_, errno, "cannot sync");
  return {};
}

std::size_t Segment::synced() const {
  auto* word = reinterpret_cast<std::uint64_t*>(data_ + kSyncedAt);
  return std::atomic_ref(*word).load(std::memory_order_relaxed);
}
void Segment::set_synced(std::size_t offset) {
  auto* word = reinterpret_cast<std::uint64_t*>(data_ + kSyncedAt);
  std::atomic_ref(*word).store(offset, std::memory_order_relaxed);
}

}  // namespace bailiwick::ledger
