#include "ledger/chain_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/release.h"
#include "ledger/positioned_file.h"

namespace bailiwick::ledger {
namespace {

/// Neighbouring frames come with one read, scattered ones without much waste.
constexpr std::size_t kWindowBytes = 16 << 10;

std::unexpected<Error> damaged(const Stretch& stretch, std::uint64_t offset, std::string_view what) {
  return fail(ErrorCode::kInternal, "ledger.damaged",
              fmt::format("segment {}: offset {}: {}", stretch.segment, offset, what));
}

/// Reads frames of one segment at rising offsets.
class FrameWindow {
 public:
  explicit FrameWindow(const std::filesystem::path& path) : file_(path) {}

  bool is_open() const { return file_.is_open(); }
  /// Good until the next call.
  std::optional<Frame> frame_at(std::uint32_t offset) {
    std::string_view bytes = bytes_at(offset, kFrameHeaderBytes);
    std::uint32_t size = 0;
    if (bytes.size() < sizeof size) return std::nullopt;
    std::memcpy(&size, bytes.data(), sizeof size);
    // A damaged size must not make us reserve gigabytes.
    if (size > bytes.size() && size <= kMaxFrameBytes) bytes = bytes_at(offset, size);
    return decode_frame(bytes);
  }

 private:
  static constexpr std::uint32_t kMaxFrameBytes = 1u << 30;

  /// At least `size` bytes from `offset` on, or what the file has.
  std::string_view bytes_at(std::uint32_t offset, std::size_t size) {
    if (offset < start_ || offset + size > start_ + filled_) {
      start_ = offset;
      buffer_.resize(std::max(size, kWindowBytes));
      filled_ = file_.read_some(buffer_.data(), buffer_.size(), offset);
    }
    return std::string_view(buffer_).substr(offset - start_, filled_ - (offset - start_));
  }

  PositionedFile file_;
  std::string buffer_;
  std::uint64_t start_ = 0;
  std::size_t filled_ = 0;
};

enum class Outcome { kGoOn, kStop };

Outcome visit_frame(const Frame& frame, std::uint64_t from, const std::function<bool(const Entry&)>& visit) {
  Outcome outcome = Outcome::kGoOn;
  crypto::Digest previous = frame.previous;
  frame.each([&](std::uint64_t sequence, const crypto::Digest& hash, std::string_view payload) {
    if (sequence >= from && !visit({sequence, payload, previous, hash})) outcome = Outcome::kStop;
    previous = hash;
    return outcome == Outcome::kGoOn;
  });
  return outcome;
}

Result<Outcome> visit_stretch(const std::filesystem::path& folder, std::string_view chain, Stretch& stretch,
                              std::uint64_t from, const std::function<bool(const Entry&)>& visit) {
  if (stretch.frames.empty()) {
    TRY(stretch.frames, read_table(folder, stretch));
  }
  FrameWindow window(segment_path(folder, stretch.segment));
  if (!window.is_open()) return damaged(stretch, 0, "the segment cannot be opened");
  // The frame that holds `from` is the last one that begins at or before it.
  auto begins_after = [&](const FrameRef& ref) { return stretch.first + ref.sequence <= from; };
  auto at = std::ranges::partition_point(stretch.frames, begins_after);
  if (at != stretch.frames.begin()) --at;
  for (; at != stretch.frames.end(); ++at) {
    std::optional<Frame> frame = window.frame_at(at->offset);
    if (!frame || frame->chain != chain || frame->first_sequence != stretch.first + at->sequence) {
      return damaged(stretch, at->offset, "the frame is damaged; restore the segment from a copy");
    }
    if (visit_frame(*frame, from, visit) == Outcome::kStop) return Outcome::kStop;
  }
  return Outcome::kGoOn;
}

}  // namespace

Head JournalReader::head() const {
  ChainPoint point = chains_.head_of(chain_);
  return {point.sequence, crypto::to_hex(point.hash)};
}

Status JournalReader::each(std::uint64_t from, const std::function<bool(const Entry&)>& visit) const {
  const Chain* chain = chains_.find(chain_);
  if (chain == nullptr) return {};
  std::vector<Stretch> stretches;
  {
    MutexLock lock(chain->mutex);
    std::ranges::copy_if(chain->stretches, std::back_inserter(stretches),
                         [&](const Stretch& stretch) { return stretch.last >= from; });
  }
  for (Stretch& stretch : stretches) {
    TRY(Outcome outcome, visit_stretch(folder_, chain_, stretch, from, visit));
    if (outcome == Outcome::kStop) break;
    release(stretch.frames);
  }
  return {};
}

std::optional<std::uint64_t> JournalReader::tallied_from() const {
  const Chain* chain = chains_.find(chain_);
  if (chain == nullptr) return std::nullopt;
  MutexLock lock(chain->mutex);
  return chain->tally ? std::optional(chain->tally->begin().sequence) : std::nullopt;
}

std::optional<UsageTally> JournalReader::take_tally(std::uint64_t from) const {
  const Chain* chain = chains_.find(chain_);
  if (chain == nullptr) return std::nullopt;
  MutexLock lock(chain->mutex);
  if (!chain->tally || chain->tally->begin().sequence > from) return std::nullopt;
  std::unique_ptr<UsageTally> tally = std::move(chain->tally);
  return tally->begin().sequence == from ? std::optional(std::move(*tally)) : std::nullopt;
}

}  // namespace bailiwick::ledger
