// AwsEventStream: the frames in which AWS streams, taken apart as they come.
//
// A frame is its length, the length of its headers and a CRC-32 of both; the headers; the payload; and a
// CRC-32 of all that. Both sums are checked. Holds one frame, of at most kLongestFrame.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailiwick::routing {

/// One frame; views live until the call returns.
struct AwsMessage {
  std::string_view message_type;    ///< `:message-type`: event, exception, error
  std::string_view event_type;      ///< `:event-type`
  std::string_view exception_type;  ///< `:exception-type`, or `:error-code`
  std::string_view payload;
};

class AwsEventStream {
 public:
  static constexpr std::size_t kLongestFrame = 1 << 20;

  /// Feed it any split of the bytes; it calls back once per whole frame. Errors: kBadGateway
  /// `event_stream.malformed`, after which nothing can be read any more.
  Status feed(std::string_view bytes, const std::function<void(const AwsMessage&)>& on_message);

 private:
  std::string pending_;  ///< of a frame whose end has not come yet
};

}  // namespace bailiwick::routing
