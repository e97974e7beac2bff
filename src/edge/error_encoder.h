// The one place where an Error becomes bytes: problem+json (RFC 9457), or the shape of the provider whose API
// the route speaks.
#pragma once

#include "base/result.h"
#include "net/http.h"

namespace bailiwick::edge {

/// Whose conventions a route answers by.
enum class Dialect { kProblem, kOpenAi, kAnthropic };

/// Exhaustive.
int http_status(ErrorCode code);

/// A whole answer. `detail` of the error never leaves; the caller logs it.
net::Response encode_error(const Error& error, Dialect dialect, std::string_view request_id);

/// The error as one JSON object in the dialect's shape, for the middle of a stream.
std::string error_object(const Error& error, Dialect dialect, std::string_view request_id);

}  // namespace bailiwick::edge
