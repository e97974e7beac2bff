// The whole server over one data folder, through its starts and its end: what outlives it, and what it says.
#include "app/application.h"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/files.h"
#include "support/temp_folder.h"
#include "unit/net/loopback.h"

namespace bailiwick::app {
namespace {

using namespace std::chrono_literals;

class ApplicationTest : public testing::Test {
 protected:
  ApplicationTest() {
    set_log_sink([this](std::string_view line) {
      MutexLock lock(log_mutex_);
      log_ += line;
    });
  }
  ~ApplicationTest() override {
    application_ = nullptr;
    set_log_sink(nullptr);
  }

  void start(AdminToken admin_token = AdminToken::kKeep) {
    application_ = nullptr;
    config::ServerConfig config;
    config.listen.port = 0;
    config.threads = 1;
    config.require_signature = false;
    config.data = data_.string();
    config.drain = 2s;
    config.gazeqa_registry = registry_;
    Surroundings around{.clock = clock_, .random = random_, .sandbox = sandbox_, .admin_token = admin_token};
    auto opened = Application::open(config, around);
    ASSERT_TRUE(opened) << opened.error().message;
    application_ = std::move(*opened);
    ASSERT_TRUE(application_->start());
  }
  std::string kept_admin() const {
    std::string text = read_file(data_ / "admin.token", 4096, FileKind::kSecret).value();
    return text.substr(0, text.find('\n'));
  }
  /// The whole answer.
  std::string call(const std::string& credential, const std::string& method, const std::string& path,
                   const std::string& body = "", const std::string& media_type = "application/json") {
    return net::test::ask(application_->port(),
                          method + " " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" +
                              "Authorization: Bearer " + credential + "\r\nContent-Type: " + media_type +
                              "\r\n" + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  int status(const std::string& credential, const std::string& method, const std::string& path,
             const std::string& body = "") {
    return std::stoi(call(credential, method, path, body).substr(9, 3));
  }
  std::string token(const std::string& role) {
    std::string made =
        call(kept_admin(), "POST", "/v1/tenants/acme-corp/tokens", R"({"role":")" + role + "\"}");
    auto parsed = parse_json_object(made.substr(made.find("\r\n\r\n") + 4));
    return std::string(parsed.value().at("token").as_string());
  }
  std::size_t times_logged(std::string_view event) const {
    MutexLock lock(log_mutex_);
    std::size_t times = 0;
    for (std::size_t at = 0; (at = log_.find(event, at)) != std::string::npos; ++at) ++times;
    return times;
  }
  /// Waits for a line about `event` beyond the first `seen`.
  bool is_logged_again(std::string_view event, std::size_t seen) const {
    for (int i = 0; i < 100 && times_logged(event) <= seen; ++i) std::this_thread::sleep_for(50ms);
    return times_logged(event) > seen;
  }

  testing_support::TempFolder folder_;
  std::filesystem::path data_ = folder_.path() / "data";
  std::string registry_;
  SystemClock clock_;
  SystemRandom random_;
  bundles::InProcessSandbox sandbox_;
  mutable Mutex log_mutex_;
  std::string log_ BW_GUARDED_BY(log_mutex_);
  std::unique_ptr<Application> application_;
};

TEST_F(ApplicationTest, TheAdminTokenIsReplacedAtAStart) {
  start();
  std::string first = kept_admin();
  ASSERT_EQ(application_->first_start()->admin_token, first);
  ASSERT_EQ(status(first, "POST", "/v1/tenants", R"({"id":"acme-corp","name":"Acme"})"), 201);
  std::string owner = token("owner");
  start();
  EXPECT_FALSE(application_->first_start());
  EXPECT_EQ(status(first, "GET", "/v1/tenants"), 200);
  start(AdminToken::kReset);
  std::string second = kept_admin();
  EXPECT_EQ(application_->first_start()->admin_token, second);
  EXPECT_NE(second, first);
  EXPECT_EQ(status(first, "GET", "/v1/tenants"), 401);
  EXPECT_EQ(status(second, "GET", "/v1/tenants"), 200);
  EXPECT_EQ(status(owner, "GET", "/v1/tenants/acme-corp"), 200) << "tenants' tokens are not touched";
  struct stat info{};
  ASSERT_EQ(::stat((data_ / "admin.token").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  start();
  EXPECT_EQ(status(first, "GET", "/v1/tenants"), 401);
  EXPECT_EQ(status(second, "GET", "/v1/tenants"), 200);
}

// Nothing that was counted is lost at an orderly end, and the metric says how much was counted.
TEST_F(ApplicationTest, EveryDenialIsInTheLedgerAfterAnOrderlyEnd) {
  start();
  ASSERT_EQ(status(kept_admin(), "POST", "/v1/tenants", R"({"id":"acme-corp","name":"Acme"})"), 201);
  std::string viewer = token("viewer"), owner = token("owner");
  constexpr int kDenials = 300;
  for (int i = 0; i < kDenials; ++i) ASSERT_EQ(status(viewer, "POST", "/v1/ask", R"({"question":"?"})"), 403);
  std::this_thread::sleep_for(1'100ms);
  std::string metrics = call(kept_admin(), "GET", "/metrics");
  constexpr std::string_view kCounted = "\nbailiwick_denials_coalesced_total ";
  std::size_t at = metrics.find(kCounted);
  ASSERT_NE(at, std::string::npos);
  EXPECT_GT(std::stod(metrics.substr(at + kCounted.size())), kDenials / 2);
  for (int i = 0; i < kDenials; ++i) ASSERT_EQ(status(viewer, "POST", "/v1/ask", R"({"question":"?"})"), 403);
  start();
  std::string exported = call(owner, "GET", "/v1/ledger/records?page_size=500");
  int denials = 0, records = 0;
  auto page = parse_json_object(exported.substr(exported.find("\r\n\r\n") + 4)).value();
  for (const json::value& entry : page.at("entries").as_array()) {
    const json::object& record = entry.at("record").as_object();
    const json::value* decision = record.if_contains("decision");
    if (decision == nullptr || *decision != "deny") continue;
    ++records;
    const json::value* extra = record.if_contains("extra");
    denials += extra == nullptr ? 1 : extra->at("repeated").to_number<int>();
  }
  EXPECT_EQ(denials, 2 * kDenials);
  EXPECT_LT(records, kDenials);
}

// Rules that files say in YAML hold at the door and behind it, where more is known; all over HTTP.
json::object body_of(const std::string& answer) {
  auto body = parse_json_object(answer.substr(answer.find("\r\n\r\n") + 4));
  EXPECT_TRUE(body) << answer;
  return body.value_or(json::object());
}

// What was asked and answered is asked again under the next bundle, and what comes out otherwise is told
// before it holds, when it is made to hold, and on the record.
TEST_F(ApplicationTest, APushTellsWhichRecordedDecisionsComeOutOtherwise) {
  start();
  ASSERT_EQ(status(kept_admin(), "POST", "/v1/tenants", R"({"id":"acme-corp","name":"Acme"})"), 201);
  std::string owner = token("owner"), viewer = token("viewer");
  for (int i = 0; i < 3; ++i) ASSERT_EQ(status(owner, "GET", "/v1/tenants/acme-corp"), 200);
  ASSERT_EQ(status(viewer, "GET", "/v1/tenants/acme-corp/bundles"), 403);

  auto push = [&](const std::string& more, const std::string& query) {
    json::object files{{"tenant.yaml", "id: acme-corp\nname: Acme\n"}, {"own.cedar", json::string(more)}};
    json::object pushed = body_of(call(owner, "POST", "/v1/tenants/acme-corp/bundles" + query,
                                       json::serialize(json::object{{"files", std::move(files)}})));
    return pushed.at("replay").as_object();
  };
  const std::string forbid =
      R"(@id("no-looks") forbid (principal, action == Bailiwick::Action::"tenants.get", resource);)";
  json::object tried = push(forbid, "?dry_run=true");
  EXPECT_EQ(tried.at("flips_total"), json::value(3)) << json::serialize(tried);
  EXPECT_GE(tried.at("replayed").to_number<int>(), 4);
  const json::object& flip = tried.at("flips").at(0).as_object();
  EXPECT_EQ(flip.at("action"), json::value("tenants.get"));
  EXPECT_EQ(flip.at("was"), json::value("allow"));
  EXPECT_EQ(flip.at("was_reason"), json::value("role.owner"));
  EXPECT_EQ(flip.at("now"), json::value("deny"));
  EXPECT_EQ(flip.at("reason"), json::value("rule.no-looks"));
  EXPECT_EQ(status(owner, "GET", "/v1/tenants/acme-corp"), 200) << "a dry run changes nothing";

  json::object by_platform = body_of(
      call(kept_admin(), "POST", "/v1/tenants/acme-corp/bundles?dry_run=true",
           json::serialize(json::object{{"files", json::object{{"tenant.yaml", "id: acme-corp\nname: Acme\n"},
                                                               {"own.cedar", json::string(forbid)}}}})));
  EXPECT_EQ(by_platform.at("replay").at("flips_total"), json::value(4));
  EXPECT_TRUE(by_platform.at("replay").at("flips").as_array().empty()) << "what a tenant asks is its own";

  EXPECT_EQ(push(forbid, "").at("flips_total"), json::value(4));
  EXPECT_EQ(status(owner, "GET", "/v1/tenants/acme-corp"), 403);
  json::object back = push("", "");
  EXPECT_EQ(back.at("flips_total"), json::value(1)) << json::serialize(back);
  EXPECT_EQ(back.at("flips").at(0).at("was_reason"), json::value("rule.no-looks"));
  EXPECT_EQ(back.at("flips").at(0).at("now"), json::value("allow"));

  json::array entries =
      body_of(call(owner, "GET", "/v1/ledger/records?page_size=500")).at("entries").as_array();
  std::vector<std::int64_t> flips;
  for (const json::value& entry : entries) {
    const json::object& record = entry.at("record").as_object();
    if (record.at("kind") != json::value("lifecycle") || !record.contains("extra")) continue;
    if (const json::value* replay = record.at("extra").as_object().if_contains("replay"))
      flips.push_back(replay->at("flips_total").to_number<std::int64_t>());
  }
  EXPECT_EQ(flips, (std::vector<std::int64_t>{4, 1}))
      << "the chain of the tenant; it was made in the platform's";
}

TEST_F(ApplicationTest, RulesOfDeclaredFilesAreKept) {
  start();
  ASSERT_EQ(status(kept_admin(), "POST", "/v1/tenants", R"({"id":"acme-corp","name":"Acme"})"), 201);
  auto push = [&](std::string_view retention, std::string_view providers = "") {
    json::object files{
        {"tenant.yaml", "id: acme-corp\nname: Acme\nprograms: [triage]\n"},
        {"data-sovereignty.yaml",
         "data_sovereignty:\n  region: us-east-1\n  allowed_regions: [us-*, cn-*]\n"
         "  forbidden_regions: [cn-*]\n" +
             std::string(retention)},
        {"router.yaml", std::string(providers) + "routing: {primary: {provider: local, model: x}}\n"},
        {"programs/triage/policies/governance.yaml",
         "rules:\n  - {id: no-asking, effect: forbid, actions: [ask], reason: triage does not ask}\n"}};
    return call(kept_admin(), "POST", "/v1/tenants/acme-corp/bundles",
                json::serialize(json::object{{"files", files}}));
  };
  std::string pushed = push("  retention: {data_days: 365}\n");
  ASSERT_EQ(pushed.substr(9, 3), "200") << pushed;
  std::string owner = token("owner");
  std::string added = call(owner, "POST", "/v1/corpus/documents", R"({"_id":"1","text":"hello there"})",
                           "application/x-ndjson");
  ASSERT_EQ(added.substr(9, 3), "200") << added;
  std::string kept = call(owner, "DELETE", "/v1/corpus/document?id=1");
  EXPECT_EQ(kept.substr(9, 3), "403");
  EXPECT_NE(kept.find("sovereignty.retention"), std::string::npos) << kept;
  EXPECT_NE(kept.find("RetentionViolation: data-sovereignty.yaml keeps data for 365 days"),
            std::string::npos);
  EXPECT_EQ(status(owner, "GET", "/v1/corpus/document?id=1"), 200);
  EXPECT_EQ(status(owner, "DELETE", "/v1/corpus/document?id=2"), 404);
  std::string records = call(owner, "GET", "/v1/ledger/records?page_size=100");
  EXPECT_NE(records.find("\"reason\":\"sovereignty.retention\""), std::string::npos);

  EXPECT_EQ(status(owner, "POST", "/v1/ask", R"({"question":"hello there?"})"), 200);
  std::string denied = call(owner, "POST", "/v1/ask", R"({"question":"hello there?"})",
                            "application/json\r\nX-Bailiwick-Program: triage");
  EXPECT_NE(denied.find("rule.no-asking"), std::string::npos) << denied;

  std::string refused =
      push("", "providers: {up: {kind: openai, base_url: \"https://x.example\", region: cn-north-1}}\n");
  EXPECT_NE(refused.find("does not allow 'cn-north-1'"), std::string::npos) << refused;
  ASSERT_EQ(push("").substr(9, 3), "200");
  EXPECT_EQ(status(owner, "DELETE", "/v1/corpus/document?id=1"), 204);
}

// What is in the ledger is in the report, before a restart and after it, and the invoice is made of it.
TEST_F(ApplicationTest, UsageIsTheLedgerAddedUp) {
  start();
  ASSERT_EQ(
      status(kept_admin(), "POST", "/v1/tenants",
             R"({"id":"acme-corp","name":"Acme","time_zone":"Asia/Kathmandu","billing":{"rating":{"rules":[)"
             R"({"metric":"requests","when":{"operation":"ask"},"included":1,"tiers":[{"price":"0.105"}]},)"
             R"({"metric":"documents","tiers":[{"price":2}]}]}}})"),
      201);
  const std::string owner = token("owner"), viewer = token("viewer");
  std::string added = call(owner, "POST", "/v1/corpus/documents", R"({"_id":"1","text":"hello there"})",
                           "application/x-ndjson");
  ASSERT_EQ(added.substr(9, 3), "200") << added;
  for (int i = 0; i < 4; ++i)
    ASSERT_EQ(status(owner, "POST", "/v1/ask", R"({"question":"hello there?"})"), 200);
  ASSERT_EQ(status(viewer, "POST", "/v1/ask", R"({"question":"hello?"})"), 403);

  auto used = [&](const std::string& operation) -> json::object {
    json::object report = body_of(call(viewer, "GET", "/v1/usage?group_by=operation"));
    for (const json::value& row : report.at("rows").as_array()) {
      if (row.at("operation") == json::value(operation)) return row.as_object();
    }
    return {};
  };
  for (int round = 0; round < 2; ++round) {
    json::object ask = used("ask"), write = used("corpus.write");
    EXPECT_EQ(ask.at("requests"), json::value(5));
    EXPECT_EQ(ask.at("denied"), json::value(1));
    EXPECT_EQ(write.at("documents"), json::value(1));
    EXPECT_EQ(write.at("bytes"), json::value(11));
    EXPECT_EQ(status(kept_admin(), "GET", "/v1/tenants/acme-corp/usage"), 200)
        << "the live view is still there";
    start();
  }
  const std::string month = to_rfc3339(clock_.wall() + std::chrono::minutes(345)).substr(0, 7);
  json::object invoice = body_of(call(kept_admin(), "GET", "/v1/tenants/acme-corp/invoices/" + month));
  EXPECT_EQ(invoice.at("total_usd"), json::value("2.32")) << json::serialize(invoice);
  EXPECT_EQ(invoice.at("final"), json::value(false));
  EXPECT_EQ(invoice.at("revision"), body_of(call(viewer, "GET", "/v1/tenants/acme-corp")).at("revision"));
}

// A report has little to wait for: a start counts what an earlier run left.
TEST_F(ApplicationTest, UsageIsCountedWithoutBeingAskedFor) {
  start();
  ASSERT_EQ(status(kept_admin(), "POST", "/v1/tenants", R"({"id":"acme-corp","name":"Acme"})"), 201);
  const std::string owner = token("owner");
  for (int i = 0; i < 5; ++i) ASSERT_EQ(status(owner, "GET", "/v1/tenants/acme-corp"), 200);
  start();
  const std::filesystem::path database = data_ / "tenants/acme-corp/tenant.db";
  for (int i = 0; i < 100 && !std::filesystem::exists(database); ++i) std::this_thread::sleep_for(20ms);
  EXPECT_TRUE(std::filesystem::exists(database)) << "nothing else makes it";
  for (int i = 0; i < 100; ++i) {
    if (call(kept_admin(), "GET", "/metrics").find("\nbailiwick_usage_lag_records 0\n") != std::string::npos)
      return;
    std::this_thread::sleep_for(20ms);
  }
  FAIL() << "records still wait";
}

TEST_F(ApplicationTest, ABadRegistryIsComplainedAboutOncePerContent) {
  registry_ = (folder_.path() / "registry.json").string();
  auto write = [&](std::string_view text, int age) {
    std::filesystem::path next = folder_.path() / "next.json";
    ASSERT_TRUE(write_file_atomically(next, text));
    std::filesystem::last_write_time(next, std::filesystem::file_time_type(std::chrono::hours(age)));
    std::filesystem::rename(next, registry_);
  };
  write("{}", 1);
  start();
  constexpr std::string_view kRefused = "registry.refused";
  write("{", 2);
  ASSERT_TRUE(is_logged_again(kRefused, 0));
  for (int i = 0; i < 5; ++i) application_->reload();
  EXPECT_EQ(times_logged(kRefused), 1u);
  EXPECT_EQ(times_logged("registry.invalid"), 1u) << "the line says why";
  write("[", 3);
  application_->reload();
  EXPECT_EQ(times_logged(kRefused), 2u) << "another content, as bad";
  write("{}", 4);
  application_->reload();
  write("[", 3);
  application_->reload();
  EXPECT_EQ(times_logged(kRefused), 3u) << "bad again after it was good";
}

}  // namespace
}  // namespace bailiwick::app
