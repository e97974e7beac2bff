#include "routing/answer_shape.h"

#include <simdjson.h>

namespace bailiwick::routing {

namespace {

// A parser takes a dozen times what it reads, and keeps it for the next.
constexpr std::size_t kLongestRead = 1 << 20;

}  // namespace

bool is_answer(Endpoint endpoint, std::string& body) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::size_t first = body.find_first_not_of(kBlank), last = body.find_last_not_of(kBlank);
  if (first == std::string::npos || body[first] != '{' || body[last] != '}') return false;
  if (endpoint == Endpoint::kEmbeddings || body.size() > kLongestRead) return true;
  thread_local simdjson::dom::parser parser;
  std::size_t size = body.size();
  body.reserve(size + simdjson::SIMDJSON_PADDING);
  simdjson::dom::object object;
  return parser.parse(body.data(), size, false).get_object().get(object) == simdjson::SUCCESS;
}

}  // namespace bailiwick::routing
