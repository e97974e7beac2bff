// SegmentIndex: what a sealed segment holds: each chain's stretch of it, where its frames stand, and the
// grants of budget, so that a start reads no payload and a reader of one chain no other chain's.
//
// File: a header, a directory that is always read, and one table of frame offsets per chain that a reader
// reads.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ledger/segment.h"

namespace bailiwick::ledger {

/// Where one frame begins.
struct FrameRef {
  std::uint32_t offset = 0;    ///< in the segment
  std::uint32_t sequence = 0;  ///< of its first record, counted from the stretch's first
};

/// One chain's part of one segment.
struct Stretch {
  std::uint64_t segment = 0;
  std::uint64_t first = 0;  ///< sequences, both included
  std::uint64_t last = 0;
  WallTime first_time{};  ///< of its first and last frame
  WallTime last_time{};
  crypto::Digest last_hash{};
  std::uint64_t table_position = 0;  ///< in the index file; 0 while `frames` holds the table
  std::uint32_t frame_count = 0;
  std::vector<FrameRef> frames;

  /// Adds the frame at `offset`, whose records begin at `first_sequence` and make `end` the end of the chain.
  void add(std::uint32_t offset, std::uint64_t first_sequence, const ChainPoint& end, WallTime time);
};

struct SegmentIndex {
  std::uint64_t segment = 0;
  std::size_t end = 0;  ///< of the last frame
  std::vector<std::pair<std::string, Stretch>> chains;
  std::vector<Grant> grants;            ///< in the order of the journal
  std::vector<std::uint32_t> granting;  ///< offsets of their frames; of a segment that was scanned
};

/// Where a chain ended before the segment.
using HeadBefore = std::function<ChainPoint(std::string_view chain)>;

/// Builds the index from the bytes of a segment, up to the first that is no frame, or one that does not
/// follow its chain. `before` tells where the chains stood; without it their first frames are taken as they
/// come.
SegmentIndex build_index(std::uint64_t segment, std::string_view bytes, const HeadBefore& before = nullptr);

/// Writes the file and tells the stretches where their tables stand, which they then no longer hold.
Status write_index(const std::filesystem::path& folder, SegmentIndex& index);
/// The directory without the tables. Errors: kNotFound, or kInternal `ledger.damaged`: build it again.
Result<SegmentIndex> read_index(const std::filesystem::path& folder, std::uint64_t segment);
/// The table of one stretch.
Result<std::vector<FrameRef>> read_table(const std::filesystem::path& folder, const Stretch& stretch);

}  // namespace bailiwick::ledger
