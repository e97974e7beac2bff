// Frames of AWS's event stream, as an upstream writes them.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <zlib.h>

namespace bailiwick::testing_support {

inline void append_big_endian(std::string& out, std::uint32_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

inline std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

/// `headers` as they stand in the frame.
inline std::string raw_aws_frame(std::string_view headers, std::string_view payload) {
  std::string frame;
  append_big_endian(frame, static_cast<std::uint32_t>(16 + headers.size() + payload.size()), 4);
  append_big_endian(frame, static_cast<std::uint32_t>(headers.size()), 4);
  append_big_endian(frame, crc_of(frame), 4);
  frame.append(headers).append(payload);
  append_big_endian(frame, crc_of(frame), 4);
  return frame;
}

inline std::string aws_frame(std::initializer_list<std::pair<std::string_view, std::string_view>> headers,
                             std::string_view payload) {
  std::string written;
  for (auto [name, value] : headers) {
    written += static_cast<char>(name.size());
    written.append(name);
    written += '\7';
    append_big_endian(written, static_cast<std::uint32_t>(value.size()), 2);
    written.append(value);
  }
  return raw_aws_frame(written, payload);
}

inline std::string aws_event(std::string_view type, std::string_view payload) {
  return aws_frame({{":event-type", type}, {":content-type", "application/json"}, {":message-type", "event"}},
                   payload);
}

inline std::string aws_exception(std::string_view type, std::string_view payload) {
  return aws_frame({{":exception-type", type}, {":message-type", "exception"}}, payload);
}

}  // namespace bailiwick::testing_support
