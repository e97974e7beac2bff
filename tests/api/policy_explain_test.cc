// A denial and an allowed call of a running server, told by the command line, before and after the rules
// change.
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/application.h"
#include "base/files.h"
#include "cli/command_line.h"
#include "support/temp_folder.h"
#include "unit/net/loopback.h"

namespace bailiwick::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class PolicyExplain : public testing::Test {
 protected:
  void SetUp() override {
    config::ServerConfig config;
    config.listen.port = 0;
    config.threads = 1;
    config.require_signature = false;
    config.data = (folder_.path() / "data").string();
    config.drain = std::chrono::seconds(2);
    auto opened = Application::open(config, {.clock = clock_, .random = random_, .sandbox = sandbox_});
    ASSERT_TRUE(opened) << opened.error().message;
    application_ = std::move(*opened);
    ASSERT_TRUE(application_->start());
    admin_ = application_->first_start()->admin_token;
    ASSERT_THAT(call(admin_, "POST", "/v1/tenants", R"({"id":"acme-corp","name":"Acme"})"),
                HasSubstr(" 201 "));
    std::string made = call(admin_, "POST", "/v1/tenants/acme-corp/tokens", R"({"role":"owner"})");
    owner_ = parse_json_object(made.substr(made.find("\r\n\r\n") + 4)).value().at("token").as_string();
  }
  /// The whole answer.
  std::string call(const std::string& credential, const std::string& method, const std::string& path,
                   const std::string& body = "", const std::string& id = "req_setup") {
    return net::test::ask(application_->port(),
                          method + " " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" +
                              "X-Request-Id: " + id + "\r\nAuthorization: Bearer " + credential +
                              "\r\nContent-Type: application/json\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  void push(std::string_view rules) {
    json::object files{{"tenant.yaml", "id: acme-corp\nname: Acme\n"}, {"own.cedar", rules}};
    ASSERT_THAT(call(admin_, "POST", "/v1/tenants/acme-corp/bundles",
                     json::serialize(json::object{{"files", std::move(files)}})),
                HasSubstr(" 200 "));
  }
  std::string explain(const std::string& record, int exit = 0, const std::string& format = "table") {
    std::ostringstream out, err;
    cli::Context context;
    context.environment = {{"BAILIWICK_URL", "http://127.0.0.1:" + std::to_string(application_->port())},
                           {"BAILIWICK_TOKEN", owner_},
                           {"BAILIWICK_TENANT", "acme-corp"}};
    context.out = &out;
    context.err = &err;
    context.sandbox = &sandbox_;
    EXPECT_EQ(cli::run_command_line({"policy", "explain", record, "-o", format}, context, {}), exit)
        << err.str();
    return exit == 0 ? out.str() : err.str();
  }

  testing_support::TempFolder folder_;
  SystemClock clock_;
  SystemRandom random_;
  bundles::InProcessSandbox sandbox_;
  std::unique_ptr<Application> application_;
  std::string admin_, owner_;
};

TEST_F(PolicyExplain, BeforeAndAfterTheRulesChange) {
  push(
      "@id(\"no-asking\") @reason(\"nobody asks here\")\n"
      "forbid (principal, action == Bailiwick::Action::\"ask\", resource);\n"
      "@id(\"elsewhere\") forbid (principal, action == Bailiwick::Action::\"retrieve\", resource);\n");
  ASSERT_THAT(call(owner_, "POST", "/v1/ask", R"({"question":"who?"})", "req_denied"),
              HasSubstr("rule.no-asking"));
  ASSERT_THAT(call(owner_, "GET", "/v1/ledger/checkpoint", "", "req_allowed"), HasSubstr(" 200 "));

  std::string denied = explain("req_denied");
  EXPECT_THAT(denied, HasSubstr("denied by rule.no-asking; decided again under roles-1+"));
  EXPECT_THAT(denied, HasSubstr(": the same; under the rules of now: the same\n"));
  EXPECT_THAT(denied, HasSubstr("    owner: permits\n"));
  EXPECT_THAT(
      denied,
      HasSubstr(
          "  rules      denies: nobody asks here\n    forbid no-asking: applies\n      @id(\"no-asking\")"));
  EXPECT_THAT(denied, Not(HasSubstr("elsewhere"))) << "it does not speak of the operation";
  EXPECT_THAT(explain("req_allowed"), HasSubstr("allowed by role.owner; decided again under roles-1+"));

  push("");
  EXPECT_THAT(explain("req_denied"),
              HasSubstr(": the same; under the rules of now: allowed by role.owner\n"));
  EXPECT_THAT(explain("req_denied", 0, "json"), StartsWith("{"));
  EXPECT_THAT(explain("req_denied", 0, "yaml"), HasSubstr("agrees: false"));
  EXPECT_THAT(explain("req_none", 5), HasSubstr("give the record's sequence"));
  EXPECT_THAT(explain("99999", 5), HasSubstr("there is no record 99999"));
}

}  // namespace
}  // namespace bailiwick::app
