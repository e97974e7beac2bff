// The program itself as its own sandbox: bundles that fail their tests are refused by the server and by the
// commands, and the refusal is on the record.
#include "support/server_process.h"

namespace bailiwick {
namespace {

using testing_support::Finished, testing_support::ServerProcess, testing_support::WholeAnswer;

constexpr const char* kTenant = "id: acme-corp\nname: Acme\n";
constexpr const char* kNoDeletes =
    "@id(\"no-deletes\")\nforbid (principal, action == Bailiwick::Action::\"corpus.delete\", resource);\n";

std::string tests_expecting(const std::string& what) {
  return "operations:\n  - name: an owner deletes\n    principal: {roles: [owner]}\n    action: "
         "corpus.delete\n"
         "    expect: " +
         what + "\n";
}

std::string body_of(const std::map<std::string, std::string>& files) {
  json::object texts;
  for (const auto& [path, text] : files) texts.emplace(path, json::string(text));
  return json::serialize(json::object{{"files", std::move(texts)}});
}

class SandboxedServer : public testing::Test {
 protected:
  void SetUp() override {
    server_.environment("BAILIWICK__BUNDLES__REQUIRE_SIGNATURE", "false");
    server_.flag("--tenants", (server_.folder() / "tenants").string());
    write("tenants/acme-corp/tenant.yaml", kTenant);
    write("tenants/acme-corp/own.cedar", kNoDeletes);
    write("tenants/acme-corp/tests/deletes.yaml", tests_expecting("deny"));
  }
  void write(const std::string& path, std::string_view text) const {
    std::filesystem::create_directories((server_.folder() / path).parent_path());
    ASSERT_TRUE(write_file_atomically(server_.folder() / path, text));
  }
  std::int64_t serial() const {
    WholeAnswer answer = server_.call(server_.admin_token(), "GET", "/v1/tenants/acme-corp/bundles/active");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json().at("serial").as_int64();
  }

  ServerProcess server_;
};

TEST_F(SandboxedServer, APushThatFailsItsTestsIsRefusedAndRecorded) {
  server_.start();
  ASSERT_TRUE(server_.alive()) << server_.log();
  std::string owner = server_.make_token("acme-corp", "owner");
  std::string bad = body_of({{"tenant.yaml", kTenant},
                             {"own.cedar", kNoDeletes},
                             {"tests/deletes.yaml", tests_expecting("allow")}});
  for (const char* dry : {"?dry_run=true", ""}) {
    WholeAnswer refused =
        server_.call(owner, "POST", "/v1/tenants/acme-corp/bundles" + std::string(dry), bad);
    EXPECT_EQ(refused.status, 400) << refused.body;
    EXPECT_NE(refused.body.find("tests/deletes.yaml:2:5"), std::string::npos) << refused.body;
    EXPECT_NE(refused.body.find("expected allow, and it is denied (rule.no-deletes)"), std::string::npos)
        << refused.body;
  }
  EXPECT_EQ(serial(), 1);
  WholeAnswer taken =
      server_.call(owner, "POST", "/v1/tenants/acme-corp/bundles",
                   body_of({{"tenant.yaml", kTenant}, {"tests/deletes.yaml", tests_expecting("allow")}}));
  EXPECT_EQ(taken.status, 200) << taken.body;
  EXPECT_EQ(serial(), 2);
  EXPECT_EQ(server_.stop(), 0);
}

TEST_F(SandboxedServer, TheCommandsRunTheTests) {
  std::string folder = (server_.folder() / "tenants/acme-corp").string();
  Finished passed = server_.run({"bundle", "test", folder, "-o", "json"});
  EXPECT_EQ(passed.exit_code, 0) << passed.output;
  EXPECT_EQ(parse_json(passed.output)->at(0).at("tests").as_int64(), 1);
  write("tenants/acme-corp/tests/deletes.yaml", tests_expecting("allow"));
  for (const char* verb : {"test", "validate"}) {
    Finished failed = server_.run({"bundle", verb, folder});
    EXPECT_EQ(failed.exit_code, 3) << failed.output;
    EXPECT_NE(failed.output.find("tests/deletes.yaml:2:5: test 'an owner deletes': expected allow"),
              std::string::npos)
        << failed.output;
  }
}

// Whatever our own examples use, the child may use.
TEST_F(SandboxedServer, TheExamplesPass) {
  for (const char* folder : {"/examples/tenants", "/examples/bundle"}) {
    Finished passed = server_.run({"bundle", "validate", BAILIWICK_SOURCE_DIR + std::string(folder)});
    EXPECT_EQ(passed.exit_code, 0) << passed.output;
  }
}

}  // namespace
}  // namespace bailiwick
