// ApiClient: one call to the server's HTTP API at a time, blocking. Turns problem+json back into an Error.
#pragma once

#include <functional>

#include "cli/context.h"
#include "net/http.h"

namespace bailiwick::cli {

struct ApiRequest {
  std::string method = "GET";
  std::string path;  ///< with query; build it with `with_query`
  std::string body = {};
  std::string content_type = "application/json";
  net::Headers headers = {};
};

struct ApiAnswer {
  int status = 0;
  net::Headers headers;
  std::string body;

  Result<json::value> json() const;
};

/// `path?name=value&…`, percent-encoded; empty values are left out.
std::string with_query(std::string path, const std::vector<std::pair<std::string, std::string>>& query);
std::string percent_encode(std::string_view text);

class ApiClient {
 public:
  explicit ApiClient(const Context& context) : context_(context) {}

  /// Any answer, good or bad. Errors: kUnavailable `server.unreachable`; kInvalid for a bad BAILIWICK_URL.
  Result<ApiAnswer> raw(const ApiRequest& request) const;
  /// A good answer; a bad one becomes the Error that the server described.
  Result<ApiAnswer> call(const ApiRequest& request) const;
  /// Body bytes as they come.
  Status stream(const ApiRequest& request, const std::function<Status(std::string_view)>& on_bytes) const;

 private:
  const Context& context_;
};

}  // namespace bailiwick::cli
