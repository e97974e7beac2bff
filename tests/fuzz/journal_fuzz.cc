// Any bytes as a segment, and any bytes as an export: no crash, no read outside, and a frame that is found is
// sound.
#include <sstream>

#include "ledger/bytes.h"
#include "ledger/crc32c.h"
#include "ledger/segment_index.h"
#include "ledger/verify.h"

namespace {

using namespace bailiwick::ledger;

/// Gives the first frame a right size and checksum, or the checksum would keep the fuzzer from all that lies
/// behind.
std::string with_checksum(std::string bytes) {
  std::size_t size = bytes.size() & ~std::size_t{7};
  if (size < kFrameHeaderBytes) return bytes;
  put_at(bytes, 0, static_cast<std::uint32_t>(size));
  put_at(bytes, 4, crc32c(std::string_view(bytes).substr(8, size - 8)));
  return bytes;
}

void read_segment(const std::string& frames) {
  std::string segment = std::string(kSegmentHeaderBytes, '\0') + frames;
  SegmentIndex index = build_index(1, segment);
  if (index.end > segment.size()) __builtin_trap();
  for (const auto& [chain, stretch] : index.chains) {
    for (const FrameRef& ref : stretch.frames) {
      auto frame = decode_frame(std::string_view(segment).substr(ref.offset));
      if (!frame || frame->chain != chain) __builtin_trap();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  read_segment(bytes);
  read_segment(with_checksum(bytes));
  std::istringstream lines(bytes);
  [[maybe_unused]] auto report = verify_export(lines, std::nullopt);
  return 0;
}
