// Any bytes as a request, an answer, an error and a stream of every dialect: what is written is JSON or
// events of the caller's dialect, and a stream is the same however it is split.
#include "base/json.h"
#include "routing/stream_scanner.h"
#include "routing/translation/translation.h"

using namespace bailiwick;
using namespace bailiwick::routing::translation;

namespace {

constexpr JsonRules kLoose{.nul_bytes = NulBytes::kAllowed, .max_depth = 256};
constexpr AnswerContext kContext{
    .model = "m", .request_id = "r", .estimated_input = 1, .secrets = {"secret"}};

std::string streamed(Dialect upstream, Dialect caller, std::string_view bytes, std::size_t step) {
  StreamTranslator translator(upstream, caller, kContext);
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += step) out += translator.feed(bytes.substr(at, step));
  out += translator.finish();
  BW_CHECK(translator.done());
  BW_CHECK(translator.feed(bytes).empty());
  return out;
}

void check_stream(Dialect upstream, Dialect caller, std::string_view bytes, std::size_t step) {
  std::string whole = streamed(upstream, caller, bytes, bytes.size() + 1);
  BW_CHECK(streamed(upstream, caller, bytes, step) == whole);
  auto kind =
      caller == Dialect::kOpenAi ? snapshot::ProviderKind::kOpenAi : snapshot::ProviderKind::kAnthropic;
  routing::StreamScanner scanner(kind, routing::UsageChunk::kPass);
  BW_CHECK(scanner.feed(whole) == whole);
  BW_CHECK(scanner.rest().empty());
}

void check_request(Dialect caller, Dialect target, std::string_view bytes) {
  auto written = translate_request(caller, target, bytes, {.model = "m"});
  if (written)
    BW_CHECK(parse_json_object(*written, {}, kLoose).has_value());
  else
    BW_CHECK(!written.error().reason.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  auto upstream = static_cast<Dialect>(data[0] & 3);
  Dialect caller = (data[0] & 4) != 0 ? Dialect::kOpenAi : Dialect::kAnthropic;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  switch (data[0] >> 3 & 3) {
    case 0:
      check_request(caller, upstream, bytes);
      break;
    case 1: {
      auto answer = translate_answer(upstream, caller, bytes, kContext);
      BW_CHECK(!answer || parse_json_object(*answer, {}, kLoose).has_value());
      break;
    }
    case 2: {
      std::string error = translate_error(upstream, caller, 500, bytes, kContext);
      BW_CHECK(parse_json_object(error, {}, kLoose).has_value());
      BW_CHECK(error.find("secret") == std::string::npos);
      break;
    }
    default:
      check_stream(upstream, caller, bytes, data[1] % 64 + 1);
  }
  return 0;
}
