// doctor and version: is the server there, who am I, do the clocks agree; each fault with its remedy.
#include <cmath>
#include <ostream>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

class Findings {
 public:
  void add(std::string_view check, const Status& status, std::string good) {
    json::object row{{"check", json::string(check)}, {"ok", status.has_value()}};
    row["message"] = json::string(status ? good : status.error().message);
    rows_.push_back(std::move(row));
    good_ = good_ && status.has_value();
  }
  Exit report(const Context& context) const {
    json::value whole = json::object{{"healthy", good_}, {"checks", rows_}};
    print_rows(context, whole, rows_, {{"CHECK", "check"}, {"OK", "ok"}, {"MESSAGE", "message"}});
    return good_ ? Exit::kOk : Exit::kFailure;
  }

 private:
  json::array rows_;
  bool good_ = true;
};

/// `Wed, 25 Nov 2026 13:38:18 GMT` against our own clock.
Status clocks_agree(const ApiAnswer& answer) {
  std::tm parts{};
  std::string date(answer.headers.get("date"));
  if (strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return {};
  double skew = std::difftime(timegm(&parts), std::time(nullptr));
  if (std::abs(skew) <= 5) return {};
  return fail(ErrorCode::kInvalid, "clock.skew",
              fmt::format("the server's clock differs by {:.0f} s; run NTP on both machines", skew));
}

Status credential_works(const Context& context, const ApiClient& client, std::string& subject) {
  if (context.token.empty()) {
    return fail(ErrorCode::kUnauthenticated, "token.missing",
                "no token: set BAILIWICK_TOKEN or give --token-file");
  }
  TRY(ApiAnswer answer, client.call({.path = "/v1/whoami"}));
  TRY(json::value value, answer.json());
  subject = value.at("subject").as_string();
  return {};
}

Result<Exit> doctor(const Context& context) {
  Findings findings;
  ApiClient client(context);
  auto ready = client.raw({.path = "/readyz?verbose"});
  Status reachable;
  if (!ready) reachable = std::unexpected(ready.error());
  findings.add("server", reachable, fmt::format("{} answers", context.url));
  if (ready) {
    auto body = ready->json();
    if (body && body->is_object() && body->get_object().contains("checks")) {
      for (const json::value& check : body->at("checks").as_array()) {
        Status status;
        if (!check.at("ok").as_bool()) {
          status =
              fail(ErrorCode::kUnavailable, "check.failed", std::string(check.at("message").as_string()));
        }
        findings.add("server/" + std::string(check.at("name").as_string()), status, "ok");
      }
    }
    findings.add("clock", clocks_agree(*ready), "agrees with the server's");
    std::string subject;
    Status credential = credential_works(context, client, subject);
    findings.add("credential", credential, "you are " + subject);
  }
  return findings.report(context);
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  app.add_subcommand("doctor", "Check server, credential and clocks; each fault with its remedy")
      ->callback([&context] { context.command = [&context] { return doctor(context); }; });
  app.add_subcommand("version", "Print the version")->callback([&context] {
    context.command = [&context]() -> Result<Exit> {
      if (context.format == Format::kTable)
        *context.out << "bailiwick " BAILIWICK_VERSION "\n";
      else
        print_value(context, json::object{{"version", BAILIWICK_VERSION}});
      return Exit::kOk;
    };
  });
}

}  // namespace bailiwick::cli
