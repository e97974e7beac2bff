#include "edge/error_encoder.h"

#include <ranges>

#include <fmt/format.h>

#include "base/json.h"

namespace bailiwick::edge {
namespace {

/// As many faults as one answer lists.
constexpr std::size_t kMostProblems = 101;

std::string_view openai_type(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnauthenticated:
      return "authentication_error";
    case ErrorCode::kForbidden:
      return "permission_error";
    case ErrorCode::kRateLimited:
      return "rate_limit_error";
    case ErrorCode::kPaymentRequired:
      return "insufficient_quota";
    case ErrorCode::kNotFound:
      return "not_found_error";
    case ErrorCode::kInternal:
    case ErrorCode::kBadGateway:
    case ErrorCode::kUnavailable:
    case ErrorCode::kGatewayTimeout:
      return "server_error";
    default:
      return "invalid_request_error";
  }
}

std::string_view anthropic_type(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnauthenticated:
      return "authentication_error";
    case ErrorCode::kForbidden:
      return "permission_error";
    case ErrorCode::kPaymentRequired:
      return "billing_error";
    case ErrorCode::kNotFound:
      return "not_found_error";
    case ErrorCode::kTooLarge:
      return "request_too_large";
    case ErrorCode::kRateLimited:
      return "rate_limit_error";
    case ErrorCode::kGatewayTimeout:
      return "timeout_error";
    case ErrorCode::kUnavailable:
      return "overloaded_error";
    case ErrorCode::kInternal:
    case ErrorCode::kBadGateway:
      return "api_error";
    default:
      return "invalid_request_error";
  }
}

/// Client libraries retry 409, 429 and 5xx by themselves; a budget or a rule does not heal in a second.
bool retry_helps(ErrorCode code) {
  switch (code) {
    case ErrorCode::kRateLimited:
    case ErrorCode::kUnavailable:
    case ErrorCode::kBadGateway:
    case ErrorCode::kGatewayTimeout:
    case ErrorCode::kTimeout:
    case ErrorCode::kInternal:
      return true;
    default:
      return false;
  }
}

/// What the reader needs in one sentence: the message, then the first faults with their places.
std::string full_message(const Error& error) {
  std::string text = error.message;
  for (std::size_t i = 0; i < error.problems.size() && i < 3; ++i) {
    if (error.problems[i].message == error.message)
      text += fmt::format(" (at {})", error.problems[i].where);
    else
      text += fmt::format("; {}: {}", error.problems[i].where, error.problems[i].message);
  }
  return text;
}

json::object problem_object(const Error& error, std::string_view request_id) {
  int status = http_status(error.code);
  json::object body{{"type", json::string(fmt::format("urn:bailiwick:problem:{}", error.reason))},
                    {"title", json::string(net::reason_phrase(status))},
                    {"status", status},
                    {"code", json::string(error.reason)},
                    {"detail", json::string(error.message)},
                    {"request_id", json::string(request_id)}};
  if (!error.problems.empty()) {
    json::array list;
    for (const Problem& problem : error.problems | std::views::take(kMostProblems)) {
      list.push_back(
          json::object{{"pointer", json::string(problem.where)}, {"detail", json::string(problem.message)}});
    }
    body["errors"] = std::move(list);
  }
  return body;
}

}  // namespace

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return 400;
    case ErrorCode::kUnauthenticated:
      return 401;
    case ErrorCode::kPaymentRequired:
      return 402;
    case ErrorCode::kForbidden:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kMethodNotAllowed:
      return 405;
    case ErrorCode::kTimeout:
      return 408;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kGone:
      return 410;
    case ErrorCode::kPreconditionFailed:
      return 412;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kUnsupportedMedia:
      return 415;
    case ErrorCode::kPreconditionRequired:
      return 428;
    case ErrorCode::kRateLimited:
      return 429;
    case ErrorCode::kInternal:
      return 500;
    case ErrorCode::kBadGateway:
      return 502;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kGatewayTimeout:
      return 504;
  }
  return 500;
}

std::string error_object(const Error& error, Dialect dialect, std::string_view request_id) {
  switch (dialect) {
    case Dialect::kProblem:
      return json::serialize(problem_object(error, request_id));
    case Dialect::kOpenAi:
      return json::serialize(
          json::object{{"error", json::object{{"message", json::string(full_message(error))},
                                              {"type", json::string(openai_type(error.code))},
                                              {"param", nullptr},
                                              {"code", json::string(error.reason)}}}});
    case Dialect::kAnthropic:
      return json::serialize(
          json::object{{"type", "error"},
                       {"error", json::object{{"type", json::string(anthropic_type(error.code))},
                                              {"message", json::string(full_message(error))}}},
                       {"request_id", json::string(request_id)}});
  }
  return {};
}

net::Response encode_error(const Error& error, Dialect dialect, std::string_view request_id) {
  net::Response response;
  response.status = http_status(error.code);
  response.headers.add("Content-Type",
                       dialect == Dialect::kProblem ? "application/problem+json" : "application/json");
  if (error.code == ErrorCode::kUnauthenticated) response.headers.add("WWW-Authenticate", "Bearer");
  if (dialect == Dialect::kAnthropic) response.headers.add("request-id", request_id);
  if (error.retry_after_seconds >= 0)
    response.headers.add("Retry-After", std::to_string(error.retry_after_seconds));
  if (dialect != Dialect::kProblem && !retry_helps(error.code))
    response.headers.add("x-should-retry", "false");
  response.body = error_object(error, dialect, request_id);
  return response;
}

}  // namespace bailiwick::edge
