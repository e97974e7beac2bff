#include "net/sse.h"

#include <fmt/format.h>

namespace bailiwick::net {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Status SseParser::feed(std::string_view bytes, const std::function<void(const SseEvent&)>& on_event) {
  while (!bytes.empty()) {
    if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_cr_ = false;
    std::size_t end = bytes.find_first_of("\r\n");
    if (buffer_.size() + event_.data.size() + std::min(end, bytes.size()) > limit_) {
      return fail(ErrorCode::kBadGateway, "sse.too_large",
                  fmt::format("the upstream sent an event of more than {} bytes", limit_));
    }
    if (end == std::string_view::npos) {
      buffer_.append(bytes);
      return {};
    }
    after_cr_ = bytes[end] == '\r';
    std::string_view rest = bytes.substr(end + 1);
    if (buffer_.empty()) {
      CHECK_OK(line(bytes.substr(0, end), on_event));
    } else {
      buffer_.append(bytes.substr(0, end));
      CHECK_OK(line(buffer_, on_event));
      buffer_.clear();
    }
    bytes = rest;
  }
  return {};
}

Status SseParser::line(std::string_view line, const std::function<void(const SseEvent&)>& on_event) {
  if (std::exchange(first_, false) && line.starts_with(kByteOrderMark))
    line.remove_prefix(kByteOrderMark.size());
  if (line.empty()) {
    if (has_data_) on_event(event_);
    event_ = {};
    has_data_ = false;
    return {};
  }
  std::size_t colon = line.find(':');
  std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
  } else if (name == "event") {
    event_.name = value;
  } else if (name == "id") {
    event_.id = value;
  }
  // Comments, `retry` and fields that nobody defined are passed over.
  return {};
}

std::string to_wire(const SseEvent& event) {
  std::string wire;
  if (!event.name.empty()) wire += fmt::format("event: {}\n", event.name);
  if (!event.id.empty()) wire += fmt::format("id: {}\n", event.id);
  std::string_view rest = event.data;
  while (true) {
    std::size_t end = rest.find_first_of("\r\n");
    wire.append("data: ").append(rest.substr(0, end)).append("\n");
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + (rest.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  wire += '\n';
  return wire;
}

}  // namespace bailiwick::net
