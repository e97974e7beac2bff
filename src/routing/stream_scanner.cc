#include "routing/stream_scanner.h"

#include <algorithm>
#include <cstring>

#include "routing/splice.h"

namespace bailiwick::routing {
namespace {

// An event past this size is let through unread rather than held.
constexpr std::size_t kLongestEvent = 1 << 20;

/// Just past the first blank line at or after `from`, or npos. Lines end in LF or CRLF.
std::size_t event_end(std::string_view text, std::size_t from) {
  while (true) {
    std::size_t line = text.find('\n', from);
    if (line == std::string_view::npos) return line;
    std::size_t next = line + 1;
    if (next < text.size() && text[next] == '\r') ++next;
    if (next < text.size() && text[next] == '\n') return next + 1;
    from = line + 1;
  }
}

/// Where `word` stands in `text`, or npos. The C library's search is several times as fast as string_view's.
std::size_t find_word(std::string_view text, std::string_view word) {
  const void* found = ::memmem(text.data(), text.size(), word.data(), word.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool contains(std::string_view text, std::string_view word) {
  return find_word(text, word) != std::string_view::npos;
}

/// Keys whose values are names of things rather than text that a model wrote.
bool is_label(std::string_view key) {
  return key == "type" || key == "role" || key == "id";
}

/// Bytes of the strings in one JSON object that are text: no keys, no labels.
std::int64_t text_in(std::string_view object) {
  std::int64_t bytes = 0;
  std::string_view key;
  for (std::size_t at = object.find('"'); at != std::string_view::npos; at = object.find('"', at)) {
    std::size_t end = value_end(object, at);
    std::string_view inner = object.substr(at + 1, end - at < 2 ? 0 : end - at - 2);
    std::size_t next = object.find_first_not_of(" \t", end);
    if (next != std::string_view::npos && object[next] == ':')
      key = inner;
    else if (!is_label(key))
      bytes += static_cast<std::int64_t>(inner.size());
    at = end;
  }
  return bytes;
}

}  // namespace

std::string_view StreamScanner::feed(std::string_view bytes) {
  std::string_view text = bytes;
  std::size_t end = 0;
  if (pending_.empty()) {
    end = event_end(text, 0);
  } else {
    // Only what is new is looked through, and the line end that it may complete: however small the pieces of
    // an event, its bytes are looked at once.
    std::size_t seen = pending_.size();
    pending_.append(bytes);
    end = event_end(pending_, seen - std::min<std::size_t>(seen, 2));
    if (end == std::string_view::npos && pending_.size() <= kLongestEvent) return {};
    joined_.swap(pending_);
    text = joined_;
  }
  delivered_.clear();
  bool stripped = false;
  std::size_t from = 0, at = 0;
  for (; end != std::string_view::npos; end = event_end(text, at)) {
    if (look_at(text.substr(at, end - at)) == Verdict::kStrip) {
      stripped = true;
      delivered_.append(text.substr(from, at - from));
      from = end;
    }
    at = end;
  }
  if (at == 0 && text.size() > kLongestEvent) at = text.size();
  pending_.assign(text.substr(at));
  if (!stripped) return text.substr(0, at);
  return delivered_.append(text.substr(from, at - from));
}

StreamScanner::Verdict StreamScanner::look_at(std::string_view event) {
  if (is_last(event)) {
    ended_ = true;
    return Verdict::kDeliver;
  }
  measure(event);
  // `finish_reason` and `stop_reason` are null until the model stops.
  if (!stopped_) stopped_ = contains(event, "_reason\":\"") || contains(event, "_reason\": \"");
  std::size_t first = find_word(event, "\"usage\"");
  if (first == std::string_view::npos) return Verdict::kDeliver;
  std::string_view object = last_usage_object(event.substr(first));
  if (object.empty()) return Verdict::kDeliver;
  usage_.merge(parse_usage(object));
  bool alone = usage_chunk_ == UsageChunk::kStrip &&
               (contains(event, "\"choices\":[]") || contains(event, "\"choices\": []") ||
                contains(event, "\"choices\":null") || contains(event, "\"choices\": null"));
  return alone ? Verdict::kStrip : Verdict::kDeliver;
}

void StreamScanner::measure(std::string_view event) {
  std::size_t delta = find_word(event, "\"delta\"");
  if (delta == std::string_view::npos) return;
  std::size_t brace = event.find('{', delta);
  if (brace == std::string_view::npos) return;
  std::int64_t bytes = text_in(event.substr(brace, value_end(event, brace) - brace));
  if (bytes == 0) return;
  ++text_events_;
  text_bytes_ += bytes;
}

bool StreamScanner::is_last(std::string_view event) const {
  if (kind_ == snapshot::ProviderKind::kAnthropic) {
    return event.starts_with("event: message_stop") || event.starts_with("event:message_stop");
  }
  return event.size() <= 32 && contains(event, "[DONE]");
}

}  // namespace bailiwick::routing
