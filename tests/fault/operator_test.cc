// The real program in its operator's hands: reloads by signal, good and bad, and an end that drops no
// request.
#include <atomic>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fault/hostile_requests.h"
#include "support/server_process.h"
#include "support/wire.h"

namespace bailiwick {
namespace {

using testing_support::Finished, testing_support::ServerProcess, testing_support::Wire;
using testing_support::WireAnswer;

class OperatorTest : public testing::Test {
 protected:
  void SetUp() override {
    write("tenants/acme-corp/tenant.yaml", "id: acme-corp\nname: Acme\ndescription: first\n");
    server_.flag("--tenants", (server_.folder() / "tenants").string());
    server_.start();
    ASSERT_TRUE(server_.alive()) << server_.log();
  }
  void write(const std::string& file, std::string_view text) {
    std::filesystem::path path = server_.folder() / file;
    std::filesystem::create_directories(path.parent_path());
    ASSERT_TRUE(write_file_atomically(path, text));
  }
  /// Waits until the log says `text`.
  bool logged(std::string_view text) const {
    for (int i = 0; i < 200 && server_.log().find(text) == std::string::npos; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
    return server_.log().find(text) != std::string::npos;
  }
  json::value tenant(std::string_view key) const {
    return server_.call(server_.admin_token(), "GET", "/v1/tenants/acme-corp").json().at(key);
  }
  Finished bailiwick(std::vector<std::string> words) {
    words.insert(words.end(), {"--url", "http://127.0.0.1:" + std::to_string(server_.port())});
    return server_.run(words);
  }

  ServerProcess server_;
};

// What is bad is named with its place, and the revision that was good goes on.
TEST_F(OperatorTest, ASignalReloadsWhatIsGood) {
  write("tenants/acme-corp/tenant.yaml", "id: acme-corp\nname: Acme\ndescription: second\n");
  server_.hang_up();
  ASSERT_TRUE(logged(R"("outcome":"updated")")) << server_.log();
  EXPECT_EQ(tenant("description"), json::value("second"));
  json::value revision = tenant("revision");

  write("tenants/acme-corp/tenant.yaml", "id: acme-corp\nname: Acme\nplan: gold\n");
  server_.hang_up();
  ASSERT_TRUE(logged(R"("outcome":"rejected")")) << server_.log();
  EXPECT_TRUE(logged("acme-corp/tenant.yaml:3:7: plan: "));
  EXPECT_EQ(tenant("description"), json::value("second"));
  EXPECT_EQ(tenant("revision"), revision);
  EXPECT_EQ(server_.stop(), 0);
}

// Reloads by the API keep the source busy nearly all the time.
TEST_F(OperatorTest, ASignalWhileBundlesAreReadIsObeyedLater) {
  for (int i = 0; i < 30; ++i)
    write(fmt::format("tenants/other-{}/tenant.yaml", i), fmt::format("id: other-{}\nname: Other\n", i));
  std::atomic<bool> met = false;
  std::jthread busy([&](const std::stop_token& stop) {
    while (!stop.stop_requested() && !met)
      (void)server_.call(server_.admin_token(), "POST", "/v1/bundles/reload", "{}");
  });
  for (int i = 0; i < 200 && !met; ++i) {
    server_.hang_up();
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
    met = server_.log().find("bundle.reload_waits") != std::string::npos;
  }
  busy.join();
  ASSERT_TRUE(met) << server_.log();
  write("tenants/acme-corp/tenant.yaml", "id: acme-corp\nname: Acme\ndescription: later\n");
  server_.hang_up();
  EXPECT_TRUE(logged(R"("outcome":"updated")")) << server_.log();
  EXPECT_EQ(tenant("description"), json::value("later"));
  EXPECT_EQ(server_.log().find("bundle.reload_failed"), std::string::npos);
  EXPECT_EQ(server_.stop(), 0);
}

// A request that began before the signal is answered; one that comes after finds the door closed.
TEST_F(OperatorTest, TheEndDropsNoRequestInFlight) {
  std::string owner = server_.make_token("acme-corp", "owner");
  std::string request =
      hostile::request("POST /v1/corpus/documents", owner, "Content-Type: application/x-ndjson\r\n",
                       R"({"_id":"a","text":"b"})");
  Wire wire(server_.port());
  wire.send(std::string_view(request).substr(0, request.size() - 5));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  int exit = -1;
  std::jthread stopping([&] { exit = server_.stop(); });
  ASSERT_TRUE(logged("server.draining"));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(server_.call(owner, "GET", "/livez").status, 0);
  wire.send(std::string_view(request).substr(request.size() - 5));
  WireAnswer answer = wire.answer();
  EXPECT_EQ(answer.status, 200) << answer.body;
  stopping.join();
  EXPECT_EQ(exit, 0);
  EXPECT_TRUE(logged("server.stopped"));
}

// An upload that is run again sends only what the server has not.
TEST_F(OperatorTest, AnUploadGoesOnWhereItStopped) {
  server_.environment("BAILIWICK_TOKEN", server_.make_token("acme-corp", "owner"));
  std::string folder = (server_.folder() / "documents").string();
  write("documents/one.md", "# One\n\nThe first.\n");
  std::vector<std::string> add{"corpus", "add", "--tenant", "acme-corp", "-o", "json", folder};
  ASSERT_EQ(bailiwick(add).exit_code, 0);
  write("documents/two.md", "# Two\n\nThe second.\n");
  write("documents/one.md", "# One\n\nThe first, mended.\n");
  auto told = parse_json_object(bailiwick(add).output);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->at("added"), json::value(1));
  EXPECT_EQ(told->at("updated"), json::value(1));
  told = parse_json_object(bailiwick(add).output);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->at("unchanged"), json::value(2));
}

// The history that an operator reads holds each reload.
TEST_F(OperatorTest, TheLogOfABundleIsShown) {
  server_.environment("BAILIWICK_TOKEN", server_.admin_token());
  Finished log = bailiwick({"bundle", "log", "--tenant", "acme-corp", "-o", "json"});
  ASSERT_EQ(log.exit_code, 0) << log.output;
  json::value revisions = parse_json(log.output).value();
  ASSERT_EQ(revisions.as_array().size(), 1u);
  EXPECT_EQ(revisions.at(0).at("source"), json::value("folder"));
  EXPECT_EQ(revisions.at(0).at("active"), json::value(true));
}

}  // namespace
}  // namespace bailiwick
