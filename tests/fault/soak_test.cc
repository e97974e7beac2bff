// A soak of the real program, for a few seconds: what its figures say is what the server did, and its bounds
// are a gate.
#include <gtest/gtest.h>

#include "support/fake_upstream.h"
#include "support/server_process.h"

namespace bailiwick {
namespace {

using testing_support::FakeUpstream, testing_support::Finished, testing_support::ServerProcess;

class SoakTest : public testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) {
    std::filesystem::path path = server_.folder() / file;
    std::filesystem::create_directories(path.parent_path());
    ASSERT_TRUE(write_file_atomically(path, text));
  }
  void write_tenant(const std::string& id) {
    write("tenants/" + id + "/tenant.yaml", "id: " + id + "\nname: " + id + "\nplan: enterprise\n" +
                                                "quotas:\n  max_requests_per_second: 50\n");
    write("tenants/" + id + "/router.yaml",
          "tenant_id: " + id + "\nproviders:\n  fake:\n    kind: openai\n    base_url: " + upstream_.url() +
              "/v1\nrouting:\n  primary: {provider: fake, model: gpt-4o-mini}\n");
  }
  void start() {
    upstream_.play(
        {{.body = R"({"id":"c","object":"chat.completion","created":1,"model":"gpt-4o-mini","choices":[
        {"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}})"}});
    write_tenant("acme-corp");
    write_tenant("beta-inc");
    server_.flag("--tenants", (server_.folder() / "tenants").string());
    server_.start();
    ASSERT_TRUE(server_.alive()) << server_.log();
    ASSERT_FALSE(server_.log().contains("rejected")) << server_.log();
    server_.environment("ACME_TOKEN", server_.make_token("acme-corp", "operator"));
    server_.environment("BETA_TOKEN", server_.make_token("beta-inc", "operator"));
  }
  /// The report of a soak; its exit code is in `exit_code_`.
  json::object soak(const std::string& phases, const std::string& expect) {
    write("scenario.json", R"({"name": "few-seconds", "arrivals": "even",
        "tenants": [{"tenant": "acme-corp", "token": "env:ACME_TOKEN", "weight": 3},
                    {"tenant": "beta-inc", "token": "env:BETA_TOKEN"}],
        "phases": [)" + phases +
                               R"(], "expect": )" + expect + "}");
    Finished run = server_.run({"soak", "--scenario", (server_.folder() / "scenario.json").string(), "--url",
                                "http://127.0.0.1:" + std::to_string(server_.port()), "-o", "json"});
    exit_code_ = run.exit_code;
    auto report = parse_json_object(run.output);
    EXPECT_TRUE(report) << run.output;
    return report.value_or(json::object());
  }

  ServerProcess server_;
  FakeUpstream upstream_;
  int exit_code_ = -1;
};

// Each request that the figures count reached the provider or was refused, and each tenant asked its share.
TEST_F(SoakTest, TheFiguresAreWhatTheServerDid) {
  start();
  json::object report = soak(R"({"kind": "steady", "duration": "2s", "rate": 40})", R"({"error_rate": 0})");
  EXPECT_EQ(exit_code_, 0) << json::serialize(report);
  const json::value& phase = report.at("phases").at(0);
  EXPECT_EQ(phase.at("asked").to_number<int>(), 79);
  EXPECT_EQ(phase.at("good").to_number<std::size_t>(), upstream_.seen().size());
  EXPECT_GT(phase.at("tenants").at(0).at("asked").to_number<int>(),
            phase.at("tenants").at(1).at("asked").to_number<int>());
  EXPECT_GT(phase.at("p50_ms").as_double(), 0);
  EXPECT_LE(phase.at("p50_ms").as_double(), phase.at("p99_ms").as_double());
}

// An overload is refused by the rate limit, and what a bound forbids is exit code 3.
TEST_F(SoakTest, AMissedBoundClosesTheGate) {
  start();
  json::object report = soak(R"({"kind": "steady", "duration": "1s", "rate": 10},
                                {"kind": "overload", "duration": "1s", "rate": 400, "expect": {"error_rate": 0.1}},
                                {"kind": "recovery", "duration": "3s", "rate": 10})",
                             R"({"recovery_s": 60})");
  EXPECT_EQ(exit_code_, 3);
  EXPECT_GT(report.at("phases").at(1).at("statuses").at("429").to_number<int>(), 100);
  EXPECT_EQ(report.at("bounds").at(0).at("phase"), json::value("overload"));
  EXPECT_EQ(report.at("bounds").at(0).at("met"), json::value(false));
}

// A bound on what cannot be seen is refused before the first request.
TEST_F(SoakTest, MemoryIsBoundedOnlyWhereItIsSeen) {
  start();
  write("scenario.json", R"({"name": "blind", "tenants": [{"tenant": "acme-corp", "token": "env:ACME_TOKEN"}],
      "phases": [{"kind": "steady", "duration": "1h", "rate": 1}], "expect": {"rss_slope_kib_per_min": 1}})");
  Finished run = server_.run({"soak", "--scenario", (server_.folder() / "scenario.json").string(), "--url",
                              "http://127.0.0.1:" + std::to_string(server_.port())});
  EXPECT_EQ(run.exit_code, 2) << run.output;
  EXPECT_TRUE(run.output.contains("--pid")) << run.output;
  EXPECT_TRUE(upstream_.seen().empty());
}

// With --spawn nothing else is needed: the server, its tenants and their provider come and go with the soak.
TEST_F(SoakTest, RunsAWorldOfItsOwn) {
  Finished run =
      server_.run({"soak", "--scenario", BAILIWICK_SOURCE_DIR "/tools/traffic_scenarios/smoke.json",
                   "--spawn", "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.output;
  json::object report = parse_json_object(run.output).value();
  EXPECT_EQ(report.at("phases").as_array().size(), 5u);
  EXPECT_EQ(report.at("phases").at(0).at("good"), report.at("phases").at(0).at("asked"));
  EXPECT_GT(report.at("server").at("rss_peak_kib").as_double(), 1000);
  EXPECT_GT(report.at("measured").at("bytes_per_record").as_double(), 100);
}

}  // namespace
}  // namespace bailiwick
