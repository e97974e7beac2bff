// Any bytes as an upstream's stream, split anywhere: all of them leave, in order.
#include "base/result.h"
#include "routing/stream_scanner.h"

using namespace bailiwick;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::size_t step = data[0] % 64 + 1;
  auto kind = data[1] % 2 == 0 ? snapshot::ProviderKind::kOpenAi : snapshot::ProviderKind::kAnthropic;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  routing::StreamScanner scanner(kind, routing::UsageChunk::kPass);
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += step) out += scanner.feed(bytes.substr(at, step));
  out += scanner.rest();
  BW_CHECK(out == bytes);
  return 0;
}
