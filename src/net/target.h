// The target of a request: its path and query, decoded once and normal already. Pure.
#pragma once

#include <string_view>

#include "net/http.h"

namespace bailiwick::net {

/// Splits and decodes `target` into `head.path` and `head.query`. Returns what is wrong with it, or an empty
/// view.
///
/// Accepted: `/path?query`, `http(s)://authority/path?query` whose authority is `host`, and `*` for OPTIONS.
/// Refused: malformed percent signs, `.` and `..` segments, empty inner segments, encoded slashes and
/// backslashes, control characters in the path, NUL in the query, and anything that is not UTF-8 once
/// decoded. `+` in the query is a space.
std::string_view decode_target(std::string_view target, std::string_view host, RequestHead& head);

}  // namespace bailiwick::net
