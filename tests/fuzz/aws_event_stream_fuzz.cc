// Any bytes as AWS's event stream: the same frames however they are split, or refused.
#include "base/result.h"
#include "routing/aws_event_stream.h"

using namespace bailiwick;

namespace {

std::string read(std::string_view bytes, std::size_t step) {
  routing::AwsEventStream stream;
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    auto fed = stream.feed(bytes.substr(at, step), [&](const routing::AwsMessage& message) {
      out.append(message.message_type).append(message.event_type).append(message.exception_type);
      out.append(message.payload).append(1, '\n');
    });
    if (!fed) return out + "refused";
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  BW_CHECK(read(bytes, data[0] % 64 + 1) == read(bytes, size));
  return 0;
}
