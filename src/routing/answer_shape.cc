#include "routing/answer_shape.h"

#include "routing/usage_members.h"

namespace bailiwick::routing {

namespace {

// A parser takes a dozen times what it reads, and keeps it for the next.
constexpr std::size_t kLongestRead = 1 << 20;

}  // namespace

std::optional<UsageFields> usage_of_answer(Endpoint endpoint, std::string& body) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::size_t first = body.find_first_not_of(kBlank), last = body.find_last_not_of(kBlank);
  if (first == std::string::npos || body[first] != '{' || body[last] != '}') return std::nullopt;
  if (endpoint == Endpoint::kEmbeddings || body.size() > kLongestRead)
    return parse_usage(last_usage_object(body));
  thread_local simdjson::dom::parser parser;
  std::size_t size = body.size();
  body.reserve(size + simdjson::SIMDJSON_PADDING);
  simdjson::dom::object answer, usage;
  if (parser.parse(body.data(), size, false).get_object().get(answer) != simdjson::SUCCESS)
    return std::nullopt;
  UsageFields reported;
  for (auto [key, value] : answer) {
    if (key == "usage" && value.get_object().get(usage) == simdjson::SUCCESS) reported = usage_in(usage);
  }
  return reported;
}

}  // namespace bailiwick::routing
