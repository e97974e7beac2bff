// Any bytes as an event stream: no crash; the same events in any split; an event that is written is read
// back.
#include <cstdint>
#include <string>
#include <vector>

#include "net/sse.h"

namespace {

using namespace bailiwick::net;

/// All events, feeding pieces of at most `step` bytes; what ends one part cannot be taken for what begins the
/// next.
std::vector<std::string> parse(std::string_view bytes, std::size_t step) {
  std::vector<std::string> events;
  SseParser parser(4096);
  auto keep = [&events](const SseEvent& event) {
    events.push_back(event.name + '\n' + event.id + '\n' + event.data);
    std::string wire = to_wire(event);
    SseEvent back;
    SseParser again;
    if (!again.feed(wire, [&back](const SseEvent& read) { back = read; })) __builtin_trap();
    if (back.name != event.name || back.id != event.id || back.data != event.data) __builtin_trap();
  };
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    if (!parser.feed(bytes.substr(at, step), keep)) break;
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  if (parse(bytes, bytes.size() + 1) != parse(bytes, 1 + data[0] % 16)) __builtin_trap();
  return 0;
}
