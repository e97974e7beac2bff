// Heads in wire form. A name or value that would break the head apart is refused, never written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace bailiwick::net {

/// Appends `HTTP/1.1 200 OK` and `headers`, without the empty line. Content-Length, Transfer-Encoding,
/// Connection and Date among `headers` are passed over: the caller adds its own. Errors: kInternal
/// `http.header_malformed`.
Status append_response_head(std::string& out, int status, const Headers& headers);

/// Appends `POST target HTTP/1.1` and `headers` in the same way. Errors: kInternal `http.header_malformed`.
Status append_request_head(std::string& out, std::string_view method, std::string_view target,
                           const Headers& headers);

/// Appends one field. Nothing is checked: for names and values of our own.
void append_field(std::string& out, std::string_view name, std::string_view value);
void append_field(std::string& out, std::string_view name, std::uint64_t value);

/// `Date: …` for now, with its line end. Formatted once a second for each thread.
std::string_view date_field();

}  // namespace bailiwick::net
