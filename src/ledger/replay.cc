#include "ledger/replay.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/log.h"

namespace bailiwick::ledger {
namespace {

std::optional<std::uint64_t> segment_number(std::string_view name) {
  constexpr std::string_view kPrefix = "journal-", kSuffix = ".seg";
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  name = name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size());
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

/// The segments in the folder, 1 to N. What a crash left half prepared is removed.
Result<std::uint64_t> count_segments(const std::filesystem::path& folder) {
  std::vector<std::uint64_t> numbers;
  std::error_code error, ignored;
  for (std::filesystem::directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    std::string name = file->path().filename();
    if (auto number = segment_number(name))
      numbers.push_back(*number);
    else if (name.starts_with("spare-"))
      std::filesystem::remove(file->path(), ignored);
  }
  if (error) {
    return fail(ErrorCode::kUnavailable, "ledger.unavailable",
                fmt::format("{}: cannot be listed: {}", folder.string(), error.message()));
  }
  std::ranges::sort(numbers);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != i + 1) {
      return fail(ErrorCode::kInternal, "ledger.damaged",
                  fmt::format("{}: offset 0: the segment is missing", segment_path(folder, i + 1).string()));
    }
  }
  return numbers.size();
}

/// Anything but zeros: a frame that was begun.
bool has_bytes_after(const Segment& segment, std::size_t offset) {
  std::string_view rest = segment.bytes().substr(offset);
  // Equal to itself one byte on: all are as the first.
  return !rest.empty() && (rest[0] != '\0' || rest.substr(1) != rest.substr(0, rest.size() - 1));
}

/// Ends the segment behind its last good frame, if what follows can be the tear of a crash.
Status cut_tear(Segment& segment) {
  const std::size_t end = segment.end();
  if (end < segment.synced()) {
    return fail(ErrorCode::kInternal, "ledger.damaged",
                fmt::format("segment {}: offset {}: the frame is damaged; restore the segment from a copy",
                            segment.number(), end));
  }
  bool torn = has_bytes_after(segment, end);
  segment.release(0, segment.bytes().size());
  if (!torn) return {};
  log_warn("ledger.torn_tail_cut", {{"segment", segment.number()}, {"offset", end}});
  return segment.cut(end);
}

class Replay {
 public:
  Replay(const std::filesystem::path& folder, ChainTable& chains) : folder_(folder), chains_(chains) {}

  Result<Replayed> run() {
    TRY(replayed_.start.last_segment, count_segments(folder_));
    for (std::uint64_t number = 1; number <= replayed_.start.last_segment; ++number) CHECK_OK(read(number));
    return std::move(replayed_);
  }

 private:
  Status read(std::uint64_t number) {
    Result<SegmentIndex> index = read_index(folder_, number);
    if (index) return attach(*index);
    if (index.error().code != ErrorCode::kNotFound) {
      log_warn("ledger.index_rebuilt", {{"segment", number}, {"detail", index.error().message}});
    }
    return scan(number);
  }

  Status scan(std::uint64_t number) {
    TRY(auto segment, Segment::open(segment_path(folder_, number), number));
    SegmentIndex index =
        build_index(number, segment->bytes(), [&](std::string_view chain) { return chains_.head_of(chain); });
    segment->resume(index.end, std::move(index.granting));
    CHECK_OK(cut_tear(*segment));
    CHECK_OK(attach(index));
    if (number == replayed_.start.last_segment)
      replayed_.start.tail = std::move(segment);
    else
      replayed_.start.unsealed.push_back(std::move(segment));
    return {};
  }

  Status attach(SegmentIndex& index) {
    std::ranges::move(index.grants, std::back_inserter(replayed_.grants));
    return chains_.attach(index);
  }

  const std::filesystem::path& folder_;
  ChainTable& chains_;
  Replayed replayed_;
};

}  // namespace

Result<Replayed> replay(const std::filesystem::path& folder, ChainTable& chains) {
  return Replay(folder, chains).run();
}

}  // namespace bailiwick::ledger
