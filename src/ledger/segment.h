// Segment: one preallocated file of the journal, mapped and shared, so that an append is a copy in memory
// which the kernel keeps even when we die. Header of 64 bytes, then frames, then zeros.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "ledger/frame.h"

namespace bailiwick::ledger {

inline constexpr std::size_t kSegmentHeaderBytes = 64;

/// `FOLDER/journal-000000000001.seg`, and `.idx` beside it once it is sealed.
std::filesystem::path segment_path(const std::filesystem::path& folder, std::uint64_t number);
std::filesystem::path index_path(const std::filesystem::path& folder, std::uint64_t number);

/// Visits the frames of a segment's bytes, header included, in order until one is missing or `visit` returns
/// false. Returns where it stopped: the end of the last frame that was visited.
std::size_t scan_frames(std::string_view segment,
                        const std::function<bool(std::size_t offset, const Frame&)>& visit);

/// One writer at a time; sync() and the watermark from any thread.
class Segment {
 public:
  /// A new file under `path` with its blocks allocated, so that no write to the mapping can run out of disk.
  /// Errors: kUnavailable `ledger.full`, `ledger.unavailable`; nothing is left behind.
  static Result<std::unique_ptr<Segment>> create(const std::filesystem::path& path, std::size_t bytes);
  /// An existing file. `number` must be the one in its header. Errors: kInternal `ledger.damaged`.
  static Result<std::unique_ptr<Segment>> open(const std::filesystem::path& path, std::uint64_t number);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  /// Gives a created segment its number; before that it is not part of the journal.
  void set_number(std::uint64_t number);
  /// Renames the file.
  Status move_to(const std::filesystem::path& path);
  /// Deletes the file; the mapping lives on.
  void remove();
  std::uint64_t number() const { return number_; }

  /// Offset of the frame, or nothing when it does not fit.
  std::optional<std::uint32_t> append(std::string_view frame);
  std::size_t end() const { return end_; }
  /// The grants of budget among its frames, in order. Errors: kInternal `ledger.damaged`.
  Result<std::vector<Grant>> grants() const;
  /// What was found in a file that was there already: where its frames end, and those that grant budget.
  void resume(std::size_t end, std::vector<std::uint32_t> granting);
  /// Ends the segment at `offset`: what stood behind it becomes zeros with their blocks allocated.
  Status cut(std::size_t offset);
  std::string_view bytes() const { return {data_, size_}; }
  /// Has the kernel map `size` bytes from `offset` on for writing, so that the next appends take no page
  /// faults.
  void make_writable(std::size_t offset, std::size_t size);

  /// Has the kernel make each page as it is written to. It would zero megabytes ahead at one go otherwise,
  /// while nothing else runs.
  void will_be_appended_to();

  /// Has the kernel unmap what lies between the two offsets, whole pages of it: it stays in the cache of
  /// files for as long as that has room, and is no memory of ours.
  void release(std::size_t from, std::size_t to);

  /// Everything written so far to the disk.
  Status sync();
  /// Up to where the disk is known to hold the frames. Written before the sync that makes it lasting, so on
  /// disk it is late by one sync, never early. Damage before it cannot be the tear of a crash.
  std::size_t synced() const;
  void set_synced(std::size_t offset);

 private:
  Segment(int fd, char* data, std::size_t size, std::filesystem::path path)
      : path_(std::move(path)), fd_(fd), data_(data), size_(size) {}
  static Result<std::unique_ptr<Segment>> map(int fd, std::size_t size, const std::filesystem::path& path);

  std::filesystem::path path_;
  int fd_;
  char* data_;
  std::size_t size_;
  std::uint64_t number_ = 0;
  std::size_t end_ = kSegmentHeaderBytes;
  std::vector<std::uint32_t> granting_;  ///< offsets of the frames that grant budget
};

}  // namespace bailiwick::ledger
