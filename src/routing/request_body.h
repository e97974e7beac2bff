// RequestBody: what we must know of a model request, read in one pass over its bytes, which are never
// re-serialised.
//
// A key that stands twice in one object, at any depth, refuses the body: we would price one reading and the
// upstream honour the other.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailiwick::routing {

struct RequestBody {
  std::string_view bytes;  ///< as the caller sent them; they outlive this
  std::string model;
  bool stream = false;
  std::optional<std::int64_t> max_tokens;  ///< or max_completion_tokens; the larger when both are given
  std::int64_t choices = 1;                ///< `n`
  bool has_temperature = false;
  bool reports_usage = false;     ///< stream_options.include_usage is true
  bool caches_prompt = false;     ///< `cache_control` stands somewhere: cache writes may cost extra
  std::int64_t input_tokens = 0;  ///< estimate on the high side
  /// What may cost more than tokens of a known number: `web_search_options`, `tools/web_search_20250305`,
  /// `file_id`; empty = nothing.
  std::string unbounded;

  // Places for splices: index of the member at the top level.
  std::size_t model_member = 0;
  std::optional<std::size_t> stream_options_member;
  bool stream_options_empty = false;
  std::optional<std::size_t> include_usage_member;  ///< inside stream_options

  /// Errors: kInvalid `json.malformed`, `json.duplicate_key`, `body.invalid` with the JSON pointer of the
  /// place.
  static Result<RequestBody> parse(std::string_view bytes);
};

}  // namespace bailiwick::routing
