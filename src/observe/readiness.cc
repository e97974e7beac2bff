#include "observe/readiness.h"

namespace bailiwick::observe {

Readiness::Report Readiness::report() const {
  Report report;
  auto add = [&](std::string_view name, const Status& status) {
    json::object row{{"name", json::string(name)}, {"ok", status.has_value()}};
    row["message"] = status ? json::string("ok") : json::string(status.error().message);
    report.checks.push_back(std::move(row));
    report.ready = report.ready && status.has_value();
  };
  Status serving;
  if (draining_) serving = fail(ErrorCode::kUnavailable, "server.draining", "the server is shutting down");
  add("serving", serving);
  for (const Check& check : checks_) add(check.name, check.run());
  return report;
}

}  // namespace bailiwick::observe
