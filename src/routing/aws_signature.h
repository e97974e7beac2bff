// AWS's signature of requests, version 4. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"

namespace bailiwick::routing {

struct AwsCredentials {
  std::string_view access_key;
  std::string_view secret_key;
  std::string_view session_token;  ///< empty: keys that do not end

  /// `ACCESS_KEY:SECRET` or `ACCESS_KEY:SECRET:SESSION_TOKEN`, of which this is made of views. Errors:
  /// kUnavailable `provider.credential`, which repeats nothing of it.
  static Result<AwsCredentials> parse(std::string_view text);
};

/// What of a request is signed beside its headers.
struct AwsRequest {
  std::string_view method = "POST";
  std::string_view host;  ///< as the Host header has it
  std::string_view path;  ///< as sent, percent-encoded
  std::string_view query = {};
  std::string_view body = {};
};

/// For whom a signature holds.
struct AwsScope {
  std::string_view region;   ///< `eu-central-1`
  std::string_view service;  ///< `bedrock`
};

/// Adds X-Amz-Date, X-Amz-Security-Token (with a session) and Authorization. Host, Content-Type and what
/// begins with `x-amz-` are signed; other headers may still be added.
void sign_aws_request(const AwsRequest& request, const AwsCredentials& credentials, const AwsScope& scope,
                      WallTime now, net::Headers& headers);

/// Percent-encodes all but letters, digits, `-`, `_`, `.` and `~`.
std::string percent_encoded(std::string_view text);

}  // namespace bailiwick::routing
