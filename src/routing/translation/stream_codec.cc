#include "routing/translation/stream_codec.h"

#include <algorithm>

#include "routing/translation/numbers.h"

namespace bailiwick::routing::translation {

std::size_t choice_index(const json::object& item) {
  return std::min(static_cast<std::size_t>(count_member(item, "index")), kMostChoices - 1);
}

std::unexpected<Error> broken_off() {
  return fail(ErrorCode::kBadGateway, "upstream.broken",
              "the model's provider broke off before the answer was complete");
}

}  // namespace bailiwick::routing::translation
