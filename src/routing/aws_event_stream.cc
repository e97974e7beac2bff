#include "routing/aws_event_stream.h"

#include <optional>

#include <zlib.h>

namespace bailiwick::routing {
namespace {

constexpr std::size_t kPreludeBytes = 12;
constexpr std::size_t kSumBytes = 4;
constexpr std::size_t kLeastFrame = kPreludeBytes + kSumBytes;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::kBadGateway, "event_stream.malformed",
              "the model's provider sent a stream that cannot be read", std::string(what));
}

/// Big-endian; the caller knows that the bytes are there.
std::uint32_t number(std::string_view bytes, std::size_t size) {
  std::uint32_t value = 0;
  for (char c : bytes.substr(0, size)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::uint32_t sum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

/// Takes `size` bytes off the front; empty optional when there are fewer.
std::optional<std::string_view> cut(std::string_view& bytes, std::size_t size) {
  if (bytes.size() < size) return {};
  std::string_view head = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return head;
}

constexpr int kBytesType = 6, kStringType = 7;

/// Of header types without a length of their own.
std::optional<std::size_t> fixed_size(std::uint32_t type) {
  switch (type) {
    case 0:  // true
    case 1:  // false
      return 0;
    case 2:
      return 1;
    case 3:
      return 2;
    case 4:
      return 4;
    case 5:  // a long
    case 8:  // a time
      return 8;
    case 9:  // a UUID
      return 16;
    default:
      return {};
  }
}

void keep(std::string_view name, std::string_view value, AwsMessage& message) {
  if (name == ":message-type")
    message.message_type = value;
  else if (name == ":event-type")
    message.event_type = value;
  else if (name == ":exception-type" || name == ":error-code")
    message.exception_type = value;
}

Status read_headers(std::string_view bytes, AwsMessage& message) {
  while (!bytes.empty()) {
    auto name_size = cut(bytes, 1);
    auto name = cut(bytes, number(*name_size, 1));
    auto type_byte = name ? cut(bytes, 1) : std::nullopt;
    if (!type_byte) return malformed("a header that is cut off");
    std::uint32_t type = number(*type_byte, 1);
    std::optional<std::size_t> size = fixed_size(type);
    if (type == kBytesType || type == kStringType) {
      auto told = cut(bytes, 2);
      if (told) size = number(*told, 2);
    }
    auto value = size ? cut(bytes, *size) : std::nullopt;
    if (!value) return malformed("a header of unknown type, or cut off");
    if (type == kStringType) keep(*name, *value, message);
  }
  return {};
}

/// The length of the frame that `bytes` begins with; 0 while that cannot be told.
Result<std::size_t> frame_size(std::string_view bytes) {
  if (bytes.size() < kPreludeBytes) return 0;
  std::size_t size = number(bytes, 4), headers = number(bytes.substr(4), 4);
  if (number(bytes.substr(8), 4) != sum(bytes.substr(0, 8))) return malformed("a prelude with a wrong sum");
  if (size < kLeastFrame || size > AwsEventStream::kLongestFrame || headers > size - kLeastFrame)
    return malformed("a frame of an impossible length");
  return size;
}

Result<AwsMessage> read_frame(std::string_view frame) {
  std::string_view summed = frame.substr(0, frame.size() - kSumBytes);
  if (number(frame.substr(summed.size()), 4) != sum(summed)) return malformed("a frame with a wrong sum");
  std::size_t headers = number(frame.substr(4), 4);
  AwsMessage message;
  CHECK_OK(read_headers(summed.substr(kPreludeBytes, headers), message));
  message.payload = summed.substr(kPreludeBytes + headers);
  return message;
}

}  // namespace

Status AwsEventStream::feed(std::string_view bytes,
                            const std::function<void(const AwsMessage&)>& on_message) {
  pending_.append(bytes);
  std::string_view left = pending_;
  while (true) {
    TRY(std::size_t size, frame_size(left));
    if (size == 0 || left.size() < size) break;
    TRY(AwsMessage message, read_frame(left.substr(0, size)));
    on_message(message);
    left.remove_prefix(size);
  }
  pending_.erase(0, pending_.size() - left.size());
  return {};
}

}  // namespace bailiwick::routing
