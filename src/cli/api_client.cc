#include "cli/api_client.h"

#include <fmt/format.h>

#include "base/json_members.h"
#include "net/client.h"
#include "net/spawn.h"

namespace bailiwick::cli {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kTimeout{120'000};
constexpr std::string_view kTlsHint =
    " A certificate that no public authority signed needs --ca-file or BAILIWICK_CA_FILE.";

ErrorCode code_of(int status) {
  switch (status) {
    case 400:
      return ErrorCode::kInvalid;
    case 401:
      return ErrorCode::kUnauthenticated;
    case 402:
      return ErrorCode::kPaymentRequired;
    case 403:
      return ErrorCode::kForbidden;
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return ErrorCode::kConflict;
    case 412:
      return ErrorCode::kPreconditionFailed;
    case 413:
      return ErrorCode::kTooLarge;
    case 428:
      return ErrorCode::kPreconditionRequired;
    case 429:
      return ErrorCode::kRateLimited;
    case 502:
      return ErrorCode::kBadGateway;
    case 503:
      return ErrorCode::kUnavailable;
    case 504:
      return ErrorCode::kGatewayTimeout;
    default:
      return status < 500 ? ErrorCode::kInvalid : ErrorCode::kInternal;
  }
}

Error error_of(int status, std::string_view body) {
  Error error(code_of(status), "http.status", fmt::format("the server answered {}", status));
  auto parsed = parse_json_object(body);
  if (!parsed) return error;
  const json::object* problem = &*parsed;
  if (const json::value* inner = parsed->if_contains("error"); inner != nullptr && inner->is_object()) {
    problem = &inner->get_object();
  }
  for (std::string_view key : {"detail", "message"}) {
    if (std::string_view text = text_member(*problem, key); !text.empty()) error.message = text;
  }
  if (std::string_view code = text_member(*problem, "code"); !code.empty()) error.reason = code;
  if (const json::value* faults = problem->if_contains("errors"); faults != nullptr && faults->is_array()) {
    for (const json::value& fault : faults->get_array()) {
      if (fault.is_object())
        error.problems.push_back({std::string(text_member(fault.get_object(), "pointer")),
                                  std::string(text_member(fault.get_object(), "detail"))});
    }
  }
  return error;
}

/// What one call works on; outlives its coroutine.
struct Conversation {
  net::Origin origin;
  net::ClientRequest request;
  std::function<Status(int status, const net::Headers&, std::string_view)> on_bytes;
  Status outcome = {};
};

net::Task<Status> converse(net::Client& client, Conversation& talk) {
  CO_TRY(std::unique_ptr<net::ClientResponse> response,
         co_await client.send(talk.origin, talk.request, kTimeout));
  while (true) {
    CO_TRY(std::string_view bytes, co_await response->read_some());
    CO_CHECK_OK(talk.on_bytes(response->status(), response->headers(), bytes));
    if (bytes.empty()) co_return Status{};
  }
}

net::Task<void> run_conversation(net::Client& client, Conversation& talk) {
  talk.outcome = co_await converse(client, talk);
}

Status hold(const Context& context, const ApiRequest& request, Conversation& talk) {
  TRY(talk.origin, net::Origin::parse(context.url));
  talk.request.method = request.method;
  talk.request.path = request.path;
  talk.request.headers = request.headers;
  talk.request.body = request.body;
  if (!request.body.empty()) talk.request.headers.set("Content-Type", request.content_type);
  if (!context.token.empty()) talk.request.headers.set("Authorization", "Bearer " + context.token);
  if (!context.program.empty()) talk.request.headers.set("X-Bailiwick-Program", context.program);
  talk.request.headers.set("User-Agent", "bailiwick/" BAILIWICK_VERSION);
  net::asio::io_context io(1);
  net::ClientOptions options;
  options.ca_file = context.ca_file;
  net::Client client(io, options);
  net::Outcome<void> ended;
  net::spawn(io, run_conversation(client, talk), [&](net::Outcome<void> outcome) {
    ended = std::move(outcome);
    io.stop();
  });
  io.run();
  if (!ended) std::rethrow_exception(ended.error());
  if (talk.outcome) return {};
  Error& error = talk.outcome.error();
  if (error.code == ErrorCode::kBadGateway || error.code == ErrorCode::kGatewayTimeout) {
    return fail(ErrorCode::kUnavailable, "server.unreachable",
                fmt::format("no answer from {}: {}; is the server running, and is BAILIWICK_URL right?",
                            context.url, error.message) +
                    (context.url.starts_with("https:") ? std::string(kTlsHint) : ""));
  }
  return std::move(talk.outcome);
}

}  // namespace

Result<json::value> ApiAnswer::json() const {
  return parse_json(body);
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool plain =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string with_query(std::string path, const std::vector<std::pair<std::string, std::string>>& query) {
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    path += separator + percent_encode(name) + "=" + percent_encode(value);
    separator = '&';
  }
  return path;
}

Result<ApiAnswer> ApiClient::raw(const ApiRequest& request) const {
  ApiAnswer answer;
  Conversation talk;
  talk.on_bytes = [&](int status, const net::Headers& headers, std::string_view bytes) -> Status {
    if (answer.status == 0) answer.headers = headers;
    answer.status = status;
    answer.body += bytes;
    return {};
  };
  CHECK_OK(hold(context_, request, talk));
  return answer;
}

Result<ApiAnswer> ApiClient::call(const ApiRequest& request) const {
  TRY(ApiAnswer answer, raw(request));
  if (answer.status >= 400) return std::unexpected(error_of(answer.status, answer.body));
  return answer;
}

Status ApiClient::stream(const ApiRequest& request,
                         const std::function<Status(std::string_view)>& on_bytes) const {
  std::string refused;
  int refused_status = 0;
  Conversation talk;
  talk.on_bytes = [&](int status, const net::Headers&, std::string_view bytes) -> Status {
    if (status < 400) return bytes.empty() ? Status{} : on_bytes(bytes);
    refused_status = status;
    refused += bytes;
    return {};
  };
  CHECK_OK(hold(context_, request, talk));
  if (refused_status != 0) return std::unexpected(error_of(refused_status, refused));
  return {};
}

}  // namespace bailiwick::cli
