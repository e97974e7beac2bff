#include "cli/context.h"

#include <ostream>

#include <fmt/format.h>

namespace bailiwick::cli {

Result<std::string> required_tenant(const Context& context) {
  if (!context.tenant.empty()) return context.tenant;
  return fail(ErrorCode::kInvalid, "usage.tenant", "say which tenant: --tenant NAME or BAILIWICK_TENANT");
}

Exit exit_of(const Error& error) {
  if (error.reason.starts_with("usage.")) return Exit::kUsage;
  switch (error.code) {
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kForbidden:
      return Exit::kAuth;
    case ErrorCode::kNotFound:
    case ErrorCode::kGone:
      return Exit::kNotFound;
    case ErrorCode::kConflict:
    case ErrorCode::kPreconditionFailed:
    case ErrorCode::kPreconditionRequired:
      return Exit::kConflict;
    case ErrorCode::kUnavailable:
    case ErrorCode::kBadGateway:
    case ErrorCode::kGatewayTimeout:
    case ErrorCode::kTimeout:
      return Exit::kUnavailable;
    default:
      return Exit::kFailure;
  }
}

void print_error(const Context& context, const Error& error) {
  if (context.format == Format::kJson) {
    json::array faults;
    for (const Problem& problem : error.problems) {
      faults.push_back(
          json::object{{"where", json::string(problem.where)}, {"message", json::string(problem.message)}});
    }
    json::object body{{"error", json::object{{"code", json::string(error.reason)},
                                             {"message", json::string(error.message)},
                                             {"problems", std::move(faults)}}}};
    *context.err << json::serialize(body) << '\n';
    return;
  }
  *context.err << "bailiwick: " << error.message << '\n';
  for (const Problem& problem : error.problems) {
    if (problem.message != error.message || !problem.where.empty()) {
      *context.err << "  " << problem.where << ": " << problem.message << '\n';
    }
  }
}

}  // namespace bailiwick::cli
