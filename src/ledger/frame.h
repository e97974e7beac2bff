// Frame: what one append puts into a segment: the records of one chain, whole or not at all.
//
//   u32 size      of the frame, a multiple of 8; 0 where no frame was written yet
//   u32 crc       CRC-32C of everything after it
//   u64 sequence  of the first record          u32 count of records     u16 flags     u16 size of the chain's
//   name i64 time_us   of the last record           32 bytes: the hash before the first record the chain's
//   name, then for each record: u32 size, 32 bytes: its hash, its payload; zeros up to the multiple of 8
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "ledger/chain_hash.h"
#include "ledger/record.h"

namespace bailiwick::ledger {

inline constexpr std::size_t kFrameHeaderBytes = 64;
/// Keeps a line of an export, and what a reader must hold, small.
inline constexpr std::size_t kMaxPayloadBytes = 1 << 20;

/// A frame in somebody else's memory.
struct Frame {
  std::string_view bytes;  ///< the whole frame
  std::string_view chain;
  std::uint64_t first_sequence = 0;
  std::uint32_t count = 0;
  bool has_budget = false;
  WallTime time{};
  crypto::Digest previous{};

  std::uint64_t last_sequence() const { return first_sequence + count - 1; }
  /// Each record in order, until `visit` returns false.
  void each(const std::function<bool(std::uint64_t sequence, const crypto::Digest& hash,
                                     std::string_view payload)>& visit) const;
  /// Where it leaves its chain.
  ChainPoint end() const;
};

/// A grant of budget as of one time.
struct Grant {
  std::string tenant;
  std::string window;
  PicoDollars granted;
  WallTime time{};
};
/// The grants in a frame that has them.
std::vector<Grant> grants_of(const Frame& frame);
/// Whether an encoded frame has any.
bool grants_budget(std::string_view frame);

/// Replaces `buffer` by the frame of `records`, which follow `point` on `chain`; `point` becomes the new end.
/// Errors: kTooLarge `ledger.record_too_large`; `point` is then as it was.
Status encode_frame(std::string& buffer, std::string_view chain, std::span<const Record> records,
                    ChainPoint& point);

/// The frame at the front of `bytes`, if a whole and sound one stands there. Looks at no byte beyond it.
std::optional<Frame> decode_frame(std::string_view bytes);

}  // namespace bailiwick::ledger
