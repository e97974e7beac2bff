// api METHOD PATH: the escape hatch to every route.
#include <iostream>
#include <iterator>
#include <memory>

#include "base/files.h"
#include "cli/api_client.h"
#include "cli/commands/commands.h"

namespace bailiwick::cli {
namespace {

constexpr std::size_t kMaxBody = 256 << 20;

struct ApiFields {
  std::string method;
  std::string path;
  std::string data;
  std::vector<std::string> headers;
  std::string content_type = "application/json";
  bool include = false;
};

/// `-` is standard input, `@file` a file, anything else the body itself.
Result<std::string> body_of(const std::string& data) {
  if (data == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  if (data.starts_with('@')) return read_file(data.substr(1), kMaxBody);
  return data;
}

Result<Exit> call(const Context& context, const ApiFields& fields) {
  ApiRequest request{.method = fields.method, .path = fields.path, .content_type = fields.content_type};
  if (!request.path.starts_with('/'))
    return fail(ErrorCode::kInvalid, "usage.path", "the path begins with a slash, like /v1/whoami");
  TRY(request.body, body_of(fields.data));
  for (const std::string& header : fields.headers) {
    std::size_t colon = header.find(':');
    if (colon == std::string::npos)
      return fail(ErrorCode::kInvalid, "usage.header", "write headers as 'Name: value'");
    std::size_t value = header.find_first_not_of(' ', colon + 1);
    std::string_view whole = header;
    request.headers.add({whole.substr(0, colon), value == std::string::npos ? "" : whole.substr(value)});
  }
  TRY(ApiAnswer answer, ApiClient(context).raw(request));
  if (fields.include) {
    *context.out << "HTTP " << answer.status << '\n';
    for (const net::HeaderField& field : answer.headers)
      *context.out << field.name << ": " << field.value << '\n';
    *context.out << '\n';
  }
  *context.out << answer.body;
  if (!answer.body.empty() && answer.body.back() != '\n') *context.out << '\n';
  if (answer.status < 400) return Exit::kOk;
  switch (answer.status) {
    case 401:
    case 403:
      return Exit::kAuth;
    case 404:
      return Exit::kNotFound;
    case 409:
    case 412:
    case 428:
      return Exit::kConflict;
    case 502:
    case 503:
    case 504:
      return Exit::kUnavailable;
    default:
      return Exit::kFailure;
  }
}

}  // namespace

void add_api(CLI::App& app, Context& context) {
  auto fields = std::make_shared<ApiFields>();
  CLI::App* api = app.add_subcommand("api", "Call any route: bailiwick api GET /v1/whoami");
  api->add_option("method", fields->method, "GET, POST, PATCH, PUT or DELETE")->required();
  api->add_option("path", fields->path, "Path with query, like /v1/whoami")->required();
  api->add_option("-d,--data", fields->data, "Body; @FILE reads a file, - standard input");
  api->add_option("-H,--header", fields->headers, "Name: value; may be repeated")->allow_extra_args(false);
  api->add_option("--content-type", fields->content_type, "Of the body")->capture_default_str();
  api->add_flag("-i,--include", fields->include, "Print status and headers too");
  api->callback(
      [&context, fields] { context.command = [&context, fields] { return call(context, *fields); }; });
}

}  // namespace bailiwick::cli
