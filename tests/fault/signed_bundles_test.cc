// The program itself, taking signed bundles only: from nothing to a served tenant with the commands of the
// guide, and killed at random moments while bundles are pushed. BAILIWICK_CRASH_ROUNDS sets how often it is
// killed (default 20).
#include <cstdlib>
#include <random>
#include <sstream>

#include "ledger/verify.h"
#include "support/server_process.h"
#include "support/signing.h"

namespace bailiwick {
namespace {

using testing_support::Finished, testing_support::ServerProcess, testing_support::WholeAnswer;
using testing_support::key_of, testing_support::sign, testing_support::signer_yaml,
    testing_support::statement;

constexpr std::uint64_t kRoot = 9, kAda = 1;

class SignedServer : public testing::Test {
 protected:
  void SetUp() override {
    server_.environment("BAILIWICK__BUNDLES__REQUIRE_SIGNATURE", "true");
    server_.environment("BAILIWICK__BUNDLES__PLATFORM_SIGNERS", place("root.pub"));
    server_.environment("BAILIWICK_URL", "http://127.0.0.1:" + std::to_string(server_.port()));
    server_.environment("USER", "ada");
    server_.flag("--tenants", place("tenants"));
    std::filesystem::create_directories(place("tenants/_platform"));
  }
  std::string place(const std::string& path) const { return (server_.folder() / path).string(); }
  void write(const std::string& path, std::string_view text) const {
    std::filesystem::create_directories((server_.folder() / path).parent_path());
    ASSERT_TRUE(write_file_atomically(server_.folder() / path, text));
  }
  /// Runs a command that must end so.
  std::string expect(int exit_code, const std::vector<std::string>& words) const {
    Finished done = server_.run(words);
    EXPECT_EQ(done.exit_code, exit_code) << words[1] << ": " << done.output;
    EXPECT_EQ(done.output.find("BEGIN PRIVATE"), std::string::npos) << words[1];
    return done.output;
  }
  json::object active() const {
    WholeAnswer answer = server_.call(server_.admin_token(), "GET", "/v1/tenants/acme-corp/bundles/active");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json();
  }

  ServerProcess server_;
};

TEST_F(SignedServer, TheGuideFromEndToEnd) {
  const std::string acme = place("tenants/acme-corp"), platform = place("tenants/_platform");
  expect(0, {"bundle", "keygen", place("root")});
  expect(0, {"bundle", "keygen", place("ada")});
  expect(0, {"bundle", "keygen", place("eve")});
  std::string pem = read_file(place("ada.pub"), 4096).value(), block;
  std::istringstream lines(pem);
  for (std::string line; std::getline(lines, line);) block += "      " + line + "\n";
  write("tenants/_platform/signers.yaml",
        "signers:\n  - id: ada\n    tenants: [\"*\"]\n    not_after: 2099-01-01T00:00:00Z\n"
        "    public_key: |\n" +
            block);
  expect(0, {"bundle", "sign", platform, "--key", place("root")});
  expect(0, {"bundle", "verify", platform, "--signers", place("root.pub")});
  expect(0, {"bundle", "init", acme, "--name", "Acme"});
  expect(0, {"bundle", "sign", acme, "--key", place("ada")});
  expect(0, {"bundle", "verify", acme});
  server_.start();
  ASSERT_TRUE(server_.alive()) << server_.log();
  server_.environment("BAILIWICK_TOKEN", server_.admin_token());
  std::string owner = server_.make_token("acme-corp", "owner");
  EXPECT_EQ(server_.call(owner, "GET", "/v1/whoami").status, 200);

  write("tenants/acme-corp/slo.yaml", "slo: {latency_p95_ms: 90}\n");
  EXPECT_NE(expect(3, {"bundle", "diff", acme}).find("+slo: {latency_p95_ms: 90}"), std::string::npos);
  expect(4, {"bundle", "push", acme, "--dry-run"});
  expect(4, {"bundle", "push", acme});
  expect(0, {"bundle", "sign", acme, "--key", place("eve")});
  expect(4, {"bundle", "push", acme});
  expect(0, {"bundle", "sign", acme, "--key", place("ada"), "--serial", "2"});
  expect(0, {"bundle", "push", acme, "--dry-run"});
  expect(3, {"bundle", "diff", acme});
  expect(0, {"bundle", "push", acme});
  expect(0, {"bundle", "diff", acme});
  expect(0, {"bundle", "reload"});
  expect(4, {"bundle", "rollback", "--tenant", "acme-corp"});
  expect(0, {"bundle", "rollback", "--tenant", "acme-corp", "--key", place("ada"), "--signers",
             place("ada.pub")});
  EXPECT_FALSE(active().at("files").as_object().contains("slo.yaml"));
  EXPECT_EQ(active().at("signature").at("serial").to_number<int>(), 3);
  expect(5, {"bundle", "activate", "99", "--tenant", "acme-corp"});
  EXPECT_NE(expect(0, {"bundle", "log", "--tenant", "acme-corp"}).find("SIGNED"), std::string::npos);

  std::string exported = server_.call(owner, "GET", "/v1/ledger/export").body;
  for (const char* reason : {"bundle.files_differ", "bundle.signer_unknown", "bundle.unsigned"}) {
    EXPECT_NE(exported.find(std::string("\"reason\":\"") + reason + "\",\"resource\":\"tenant:acme-corp\""),
              std::string::npos)
        << reason;
  }
  EXPECT_EQ(server_.log().find("BEGIN PRIVATE"), std::string::npos);
}

TEST_F(SignedServer, KilledWhileBundlesArePushed) {
  auto files = [](int serial) -> snapshot::FileTexts {
    std::string number = std::to_string(serial);
    return {{"tenant.yaml", "id: acme-corp\nname: Acme\ndescription: number " + number + "\n"},
            {"slo.yaml", "slo: {latency_p95_ms: " + number + "}\n"}};
  };
  auto body = [&](int serial) {
    std::string envelope = sign(statement("acme-corp", serial, files(serial)), {kAda});
    return json::serialize(json::object{{"files", bundles::to_json_object(files(serial))},
                                        {"envelope", parse_json(envelope).value()}});
  };
  std::string signers = "signers:\n" + signer_yaml("ada", kAda);
  write("root.pub", key_of(kRoot).public_key().to_pem());
  write("tenants/_platform/signers.yaml", signers);
  write("tenants/_platform/bundle.dsse.json",
        sign(statement("_platform", 1, {{"signers.yaml", signers}}), {kRoot}));
  for (const auto& [path, text] : files(1)) write("tenants/acme-corp/" + path, text);
  write("tenants/acme-corp/bundle.dsse.json", sign(statement("acme-corp", 1, files(1)), {kAda}));
  server_.start();
  ASSERT_TRUE(server_.alive()) << server_.log();
  const std::string admin = server_.admin_token(), path = "/v1/tenants/acme-corp/bundles";

  std::mt19937 random(20261126);
  const char* wanted = std::getenv("BAILIWICK_CRASH_ROUNDS");
  int rounds = wanted != nullptr ? std::atoi(wanted) : 20, serial = 2, lost = 0;
  auto began = std::chrono::steady_clock::now();
  ASSERT_EQ(server_.call(admin, "POST", path, body(serial)).status, 200);
  auto longest =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began) * 3 / 2;
  for (int round = 0; round < rounds; ++round) {
    WholeAnswer pushed;
    std::jthread pusher([&] { pushed = server_.call(admin, "POST", path, body(serial + 1)); });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % longest.count()));
    server_.kill();
    pusher.join();
    server_.start();
    json::object found = active();
    int holds = found.at("signature").at("serial").to_number<int>();
    ASSERT_TRUE(holds == serial || holds == serial + 1) << holds;
    if (pushed.status == 200) EXPECT_EQ(holds, serial + 1) << "what was answered is kept";
    EXPECT_EQ(found.at("files"), json::value(bundles::to_json_object(files(holds)))) << "whole";
    lost += holds == serial;
    serial = holds;
  }
  // The same bundle again is taken, the one before is not.
  EXPECT_EQ(server_.call(admin, "POST", path, body(serial + 1)).status, 200);
  EXPECT_EQ(server_.call(admin, "POST", path, body(serial)).status, 403);

  WholeAnswer exported = server_.call(server_.make_token("acme-corp", "auditor"), "GET", "/v1/ledger/export");
  std::istringstream chain(exported.body);
  auto report = ledger::verify_export(chain, std::nullopt);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->problems.empty()) << to_string(report->problems);
  WholeAnswer all = server_.call(admin, "GET", path + "?page_size=500");
  for (const json::value& revision : all.json().at("revisions").as_array()) {
    if (revision.at("source").as_string() != "api") continue;
    std::string activation =
        "\"serial\":" + std::to_string(revision.at("serial").to_number<int>()) + ",\"signature\":{";
    EXPECT_NE(exported.body.find(activation), std::string::npos) << activation;
  }
  std::cout << rounds << " kills, " << lost << " pushes lost whole\n";
}

}  // namespace
}  // namespace bailiwick
