// Server-sent events: an incremental parser that looks at bytes going by, and a writer.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailiwick::net {

struct SseEvent {
  std::string name;  ///< `event:`; empty when absent
  std::string data;  ///< `data:` lines joined by newlines
  std::string id;
};

/// Feed it any split of the bytes; it calls back once per finished event. Comments are passed over, and so is
/// an event without a `data:` line, which browsers do not deliver either. Lines end in CR, LF or CRLF.
/// Errors: kBadGateway `sse.too_large` for an event past `limit`.
class SseParser {
 public:
  explicit SseParser(std::size_t limit = 1 << 20) : limit_(limit) {}
  Status feed(std::string_view bytes, const std::function<void(const SseEvent&)>& on_event);

 private:
  Status line(std::string_view line, const std::function<void(const SseEvent&)>& on_event);
  std::size_t limit_;
  std::string buffer_;
  SseEvent event_;
  bool has_data_ = false;
  bool after_cr_ = false;
  bool first_ = true;
};

/// One event in wire form; newlines in `data` become several `data:` lines. `name` and `id` are one line
/// each.
std::string to_wire(const SseEvent& event);

}  // namespace bailiwick::net
