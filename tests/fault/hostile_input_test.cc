// Hostile bytes against the real program: each gets its clear 4xx in the house's shape, the next caller is
// served, nothing leaks, and the program still ends well.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "fault/hostile_requests.h"
#include "ledger/verify.h"
#include "support/server_process.h"
#include "unit/net/bad_heads.h"

namespace bailiwick {
namespace {

using hostile::Request;
using testing_support::AfterSending, testing_support::Finished, testing_support::Wire;
using testing_support::WholeAnswer, testing_support::WireAnswer;

constexpr std::string_view kUpstreamKey = "sk-planted-upstream-key";
constexpr std::string_view kCanary = "canary-words-of-beta";

std::string_view text_at(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found != nullptr && found->is_string() ? std::string_view(found->get_string()) : std::string_view();
}

/// What a caller is told: the machine word, the sentence and the id, in whichever dialect.
struct Told {
  std::string code, message, request_id;
  enum class Dialect { kProblem, kOpenAi, kAnthropic } dialect = Dialect::kProblem;

  static Told of(const WireAnswer& answer) {
    auto body = parse_json_object(answer.body);
    if (!body) return {};
    Told told{.code = std::string(text_at(*body, "code")),
              .message = std::string(text_at(*body, "detail")),
              .request_id = std::string(text_at(*body, "request_id"))};
    if (const json::value* error = body->if_contains("error"); error != nullptr && error->is_object()) {
      const json::object& inner = error->get_object();
      told.dialect = inner.contains("code") ? Dialect::kOpenAi : Dialect::kAnthropic;
      told.code = text_at(inner, told.dialect == Dialect::kOpenAi ? "code" : "type");
      told.message = text_at(inner, "message");
      if (told.request_id.empty()) told.request_id = answer.header("x-request-id");
    }
    return told;
  }
};

class HostileInput : public testing::Test {
 protected:
  void SetUp() override {
    write("tenants/acme-corp/tenant.yaml", "id: acme-corp\nname: Acme\n");
    write(
        "tenants/acme-corp/router.yaml",
        "tenant_id: acme-corp\nproviders:\n  cloud:\n    kind: openai\n    base_url: http://127.0.0.1:9/v1\n"
        "    api_key: env:PLANTED_KEY\nrouting:\n  primary: {provider: local, model: extractive}\n"
        "  additional_models: [{provider: cloud, model: gpt-5}]\n");
    write("tenants/beta-inc/tenant.yaml", "id: beta-inc\nname: Beta\n");
    server_.flag("--tenants", (server_.folder() / "tenants").string());
    server_.environment("PLANTED_KEY", std::string(kUpstreamKey));
    server_.environment("BAILIWICK__SERVER__HEAD_DEADLINE", "1s");
    server_.environment("BAILIWICK__SERVER__BODY_IDLE", "1s");
    server_.environment("BAILIWICK__METRICS__OPEN", "true");
    server_.start();
    ASSERT_TRUE(server_.alive()) << server_.log();
    callers_.admin = server_.admin_token();
    callers_.owner = server_.make_token("acme-corp", "owner");
    neighbour_ = server_.make_token("beta-inc", "owner");
    std::string secret_document = R"({"_id":"b1","text":")" + std::string(kCanary) + R"( words"})";
    std::string planted = hostile::request("POST /v1/corpus/documents", neighbour_,
                                           "Content-Type: application/x-ndjson\r\n", secret_document);
    ASSERT_EQ(testing_support::exchange(server_.port(), planted).status, 200);
  }

  /// The program lives, told nobody a secret, kept its records whole, and ends cleanly: a sanitizer that
  /// found anything would make its exit code another one.
  void TearDown() override {
    if (!server_.alive()) FAIL() << "the program died:\n" << server_.log();
    check_ledger();
    EXPECT_EQ(server_.stop(), 0) << server_.log();
    std::string log = server_.log();
    expect_no_secret(log, "the log");
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
      ASSERT_TRUE(parse_json_object(line)) << "the log holds something that is no record: " << line;
      EXPECT_EQ(line.find("invariant.violated"), std::string::npos) << line;
      EXPECT_EQ(line.find("net.handler_threw"), std::string::npos) << line;
    }
  }

  void write(const std::filesystem::path& path, std::string_view text) {
    std::filesystem::path file = server_.folder() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  void expect_no_secret(const std::string& text, const std::string& where) const {
    for (std::string_view secret : {std::string_view(callers_.owner), std::string_view(callers_.admin),
                                    std::string_view(neighbour_), kUpstreamKey, kCanary}) {
      EXPECT_EQ(text.find(secret), std::string::npos) << "a secret in " << where << ": " << text;
    }
  }
  void check_ledger() const {
    WholeAnswer exported = server_.call(callers_.owner, "GET", "/v1/ledger/export");
    ASSERT_EQ(exported.status, 200);
    expect_no_secret(exported.body, "the ledger");
    std::istringstream lines(exported.body);
    auto report = ledger::verify_export(lines, std::nullopt);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->problems.empty()) << to_string(report->problems);
  }

  void expect_refused(const Request& request) {
    SCOPED_TRACE(request.what.substr(0, 300));
    Wire wire(server_.port());
    wire.send(request.bytes);
    if (request.after == AfterSending::kEndsSending) wire.end_sending();
    WireAnswer answer = wire.answer();
    EXPECT_EQ(answer.status, request.status) << answer.head << answer.body;
    Told told = Told::of(answer);
    EXPECT_FALSE(told.code.empty()) << answer.head << answer.body;
    EXPECT_TRUE(told.code.starts_with(request.code) || told.dialect == Told::Dialect::kAnthropic)
        << answer.body;
    EXPECT_GT(told.message.size(), 10u) << answer.body;
    EXPECT_FALSE(told.request_id.empty()) << answer.head << answer.body;
    EXPECT_EQ(told.request_id, answer.header("x-request-id"));
    EXPECT_LT(answer.body.size(), 32u << 10) << "an error does not send back what it was sent";
    expect_no_secret(answer.head + answer.body, "an answer");
  }
  void expect_all_refused(const std::vector<Request>& requests) {
    ASSERT_GT(requests.size(), 5u);
    for (const Request& request : requests) {
      expect_refused(request);
      if (!server_.alive()) FAIL() << "the program died of " << request.what.substr(0, 300);
      std::string good = hostile::request("GET /v1/whoami", callers_.owner, "");
      ASSERT_EQ(testing_support::exchange(server_.port(), good).status, 200) << request.what.substr(0, 300);
    }
  }

  testing_support::ServerProcess server_;
  hostile::Callers callers_;
  std::string neighbour_;
};

TEST_F(HostileInput, BodiesThatAreNotJsonOrAreItTwice) {
  expect_all_refused(hostile::malformed_bodies(callers_));
}

TEST_F(HostileInput, WrongContentTypesAndEncodings) {
  expect_all_refused(hostile::wrong_media(callers_));
}

TEST_F(HostileInput, HeadsPastEveryBound) {
  expect_all_refused(hostile::huge_heads(callers_));
}

TEST_F(HostileInput, HeadsThatTwoReadersWouldReadDifferently) {
  std::vector<Request> heads;
  for (const net::test::BadHead& bad : net::test::bad_heads())
    heads.push_back({std::string(bad.what), bad.bytes, 400, "request.malformed"});
  expect_all_refused(heads);
}

TEST_F(HostileInput, TargetsThatLeaveTheirPlace) {
  expect_all_refused(hostile::wandering_targets(callers_));
}

TEST_F(HostileInput, NamesThatLeaveTheirPlaceAndValuesOutOfRange) {
  expect_all_refused(hostile::wandering_names(callers_));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(server_.data())) {
    std::string name = entry.path().filename().string();
    EXPECT_EQ(name.find(".."), std::string::npos) << entry.path();
  }
  EXPECT_FALSE(std::filesystem::exists(server_.folder() / "beta"));
}

TEST_F(HostileInput, BodiesThatAreNotWhatTheirHeadSays) {
  expect_all_refused(hostile::bad_framing(callers_));
}

TEST_F(HostileInput, MethodsAndHeadersOutOfPlace) {
  expect_all_refused(hostile::misplaced(callers_));
}

// A document's id is the caller's own word: it never becomes a path.
TEST_F(HostileInput, ADocumentMayBeNamedLikeAPath) {
  std::string body = R"({"_id":"../../../../tmp/planted","text":"some words"})";
  std::string add = hostile::request("POST /v1/corpus/documents", callers_.owner,
                                     "Content-Type: application/x-ndjson\r\n", body);
  EXPECT_EQ(testing_support::exchange(server_.port(), add).status, 200);
  std::string get =
      hostile::request("GET /v1/corpus/document?id=../../../../tmp/planted", callers_.owner, "");
  WireAnswer answer = testing_support::exchange(server_.port(), get);
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find("some words"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists("/tmp/planted"));
}

// An id or a trace that cannot stand in a log is replaced by our own; the request itself is good.
TEST_F(HostileInput, RequestIdsThatAreNoIdsAreReplaced) {
  for (std::string_view id : {"\xff\xfe", "a b", "<script>", "../../x", "\"", "{}"}) {
    std::string fields = "X-Request-Id: " + std::string(id) + "\r\ntraceparent: " + std::string(id) + "\r\n";
    WireAnswer answer =
        testing_support::exchange(server_.port(), hostile::request("GET /v1/whoami", callers_.owner, fields));
    EXPECT_EQ(answer.status, 200) << id;
    EXPECT_TRUE(answer.header("x-request-id").starts_with("req_")) << id;
    EXPECT_TRUE(answer.header("traceparent").starts_with("00-")) << id;
  }
}

TEST_F(HostileInput, SlowSendersAreLetGo) {
  std::string body = R"({"query":"blood bank"})";
  std::string head =
      "POST /v1/retrieve HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: "
      "Bearer " +
      callers_.owner + "\r\nContent-Length: 22\r\n";
  // The head is owed whole within its time, however busily it is sent.
  Wire drips(server_.port());
  auto began = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < 40 && drips.received().empty(); ++i) {
    drips.send(head.substr(i, 1));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  WireAnswer answer = drips.answer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(Told::of(answer).code, "request.head_timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));

  Wire pauses(server_.port());
  pauses.send(head + "\r\n" + body.substr(0, 5));
  answer = pauses.answer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(Told::of(answer).code, "body.timeout");

  // A handful of silent connections keeps nobody out.
  std::vector<std::unique_ptr<Wire>> silent;
  for (int i = 0; i < 200; ++i) silent.push_back(std::make_unique<Wire>(server_.port()));
  EXPECT_EQ(server_.call(callers_.owner, "GET", "/v1/whoami").status, 200);
  EXPECT_TRUE(silent.front()->drained()) << "who says nothing is let go";
}

TEST_F(HostileInput, WhoStopsSendingOrWaitsToBeAskedIsServed) {
  std::string body = R"({"query":"blood bank"})";
  std::string good = hostile::request("POST /v1/retrieve", callers_.owner, hostile::kJson, body);
  EXPECT_EQ(testing_support::exchange(server_.port(), good, AfterSending::kEndsSending).status, 200);
  std::string asks = hostile::request("POST /v1/retrieve", callers_.owner,
                                      std::string(hostile::kJson) + "Expect: 100-continue\r\n", body);
  Wire polite(server_.port());
  polite.send(std::string_view(asks).substr(0, asks.size() - body.size()));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  polite.send(body);
  EXPECT_EQ(polite.answer().status, 200);
  EXPECT_TRUE(polite.received().starts_with("HTTP/1.1 100 Continue\r\n\r\n")) << polite.received();
  std::string absolute = "GET http://127.0.0.1/v1/whoami";
  EXPECT_EQ(testing_support::exchange(server_.port(), hostile::request(absolute, callers_.owner, "")).status,
            200);
  // Vanishing in the middle of everything.
  for (std::size_t size = 1; size < good.size(); size += 7) Wire(server_.port()).send(good.substr(0, size));
  for (int i = 0; i < 50; ++i) Wire(server_.port()).send(good);
}

/// Files that a YAML reader could choke on, and what the fault is called.
struct BadFile {
  std::string_view what;
  std::string text;
  std::string_view fault;
};

std::vector<BadFile> bad_files() {
  using namespace std::string_literals;
  using hostile::repeated;
  constexpr std::string_view kGood = "id: acme-corp\nname: Acme\n";
  std::string laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 10; ++i) {
    std::string name = "a" + std::to_string(i), alias = "*a" + std::to_string(i - 1);
    laughs += name + ": &" + name + " [" + repeated(alias + ", ", 8) + alias + "]\n";
  }
  std::string stairs;
  for (std::size_t i = 0; i < 1000; ++i) stairs += std::string(i, ' ') + "a:\n";
  auto with = [&](std::string_view more) { return std::string(kGood) + std::string(more); };
  return {
      {"a billion laughs", laughs, "anchors"},
      {"an alias to itself", with("labels: &a {b: *a}\n"), "anchors"},
      {"a merge key", with("labels: {<<: {a: b}}\n"), "merge"},
      {"a tag", with("labels: !!python/object:os.system x\n"), "tags"},
      {"deep flow lists", with("labels: " + repeated("[", 100'000)), ""},
      {"deep flow mappings", with("labels: " + repeated("{a: ", 50'000)), ""},
      {"deep block mappings", stairs, "deeper"},
      {"deep block lists", repeated("- ", 100'000) + "x\n", ""},
      {"a file of 3 MB", with("description: " + std::string(3 << 20, 'x')), "larger than 1 MiB"},
      {"a key twice", with("name: Other\n"), "twice"},
      {"a key twice in a mapping", with("labels: {a: b, a: c}\n"), "twice"},
      {"two documents", with("---\nid: beta-inc\n"), "second document"},
      {"no UTF-8", with("description: \xff\xfe\n"), ""},
      {"a NUL", with("description: a\0b\n"s), ""},
      {"an escaped NUL", with("description: \"a\\0b\"\n"), "NUL"},
      {"another tenant's id", "id: beta-inc\nname: Beta\n", ""},
      {"an id that is a path", "id: ../../beta-inc\nname: Beta\n", ""},
      {"an unknown key", with("root: true\n"), "unknown key"},
      {"a list", "- id: acme-corp\n", ""},
      {"no YAML", "id: [unclosed\nname: }{\n", ""},
      {"a complex key", with("? {a: b}\n: c\n"), "keys"},
  };
}

// Each fault has its place, and the revision that was good goes on serving.
TEST_F(HostileInput, BundlesThatAreBombsOrReadTwoWays) {
  const std::string folder = (server_.folder() / "tenants" / "acme-corp").string();
  for (const BadFile& bad : bad_files()) {
    SCOPED_TRACE(bad.what);
    write("tenants/acme-corp/tenant.yaml", bad.text);
    auto began = std::chrono::steady_clock::now();
    Finished checked = server_.run({"bundle", "validate", folder});
    EXPECT_EQ(checked.exit_code, 3) << checked.output.substr(0, 2000);
    EXPECT_NE(checked.output.find("tenant.yaml:"), std::string::npos) << checked.output.substr(0, 2000);
    EXPECT_NE(checked.output.find(bad.fault), std::string::npos) << checked.output.substr(0, 2000);
    EXPECT_LT(checked.output.size(), 32u << 10);

    WholeAnswer reloaded = server_.call(callers_.admin, "POST", "/v1/bundles/reload");
    EXPECT_EQ(reloaded.status, 200) << reloaded.body;
    bool refused = reloaded.body.find("\"rejected\"") != std::string::npos ||
                   reloaded.body.find("\"conflict\"") != std::string::npos;
    EXPECT_TRUE(refused) << reloaded.body;
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
    ASSERT_EQ(server_.call(callers_.owner, "GET", "/v1/whoami").status, 200) << "the old revision serves";
  }
  server_.hang_up();
  write("tenants/acme-corp/tenant.yaml", "id: acme-corp\nname: Acme\n");
  EXPECT_EQ(server_.run({"bundle", "validate", folder}).exit_code, 0);
}

TEST_F(HostileInput, FoldersThatLeaveTheirPlace) {
  namespace fs = std::filesystem;
  write("secret.yaml", "planted: " + std::string(kCanary) + "\n");
  const fs::path folder = server_.folder() / "tenants" / "acme-corp";
  auto expect_bad = [&](std::string_view what) {
    Finished checked = server_.run({"bundle", "validate", folder.string()});
    EXPECT_EQ(checked.exit_code, 3) << what << checked.output;
    expect_no_secret(checked.output, "the output");
    WholeAnswer reloaded = server_.call(callers_.admin, "POST", "/v1/bundles/reload");
    EXPECT_NE(reloaded.body.find("\"rejected\""), std::string::npos) << what << reloaded.body;
    expect_no_secret(reloaded.body, "an answer");
  };
  fs::create_symlink(server_.folder() / "secret.yaml", folder / "slo.yaml");
  expect_bad("a link out of the folder");
  fs::remove(folder / "slo.yaml");
  fs::create_directory_symlink(server_.folder() / "tenants" / "beta-inc", folder / "programs");
  expect_bad("a link to a neighbour");
  fs::remove(folder / "programs");
  write("tenants/acme-corp/programs/../oops.yaml", "a: b\n");
  expect_bad("a file of no kind");
  fs::remove(folder / "oops.yaml");
  ASSERT_EQ(::mkfifo((folder / "labels.yaml").c_str(), 0600), 0);
  expect_bad("a pipe that nobody writes to");
  fs::remove(folder / "labels.yaml");
  fs::remove(folder / "programs");
  EXPECT_EQ(server_.run({"bundle", "validate", folder.string()}).exit_code, 0);
}

TEST_F(HostileInput, FilesOfOtherSystemsAndSettingsThatAreBombs) {
  const std::filesystem::path into = server_.folder() / "imported";
  std::vector<BadFile> files = bad_files();
  files.push_back({"a tenant that is a path", "tenant_id: ../../escaped\nname: X\n", ""});
  files.push_back({"a tenant of another root", "tenant_id: /tmp/escaped\nname: X\n", ""});
  for (const BadFile& bad : files) {
    SCOPED_TRACE(bad.what);
    write("foreign.yaml", bad.text);
    const std::string file = (server_.folder() / "foreign.yaml").string();
    Finished imported = server_.run({"bundle", "import", file, "--into", into.string()});
    EXPECT_EQ(imported.exit_code, 1) << imported.output.substr(0, 2000);
    EXPECT_NE(imported.output.find("foreign.yaml"), std::string::npos) << imported.output.substr(0, 2000);
    Finished served = server_.run({"serve", "--config", file});
    EXPECT_TRUE(served.exit_code == 1 || served.exit_code == 2) << served.output.substr(0, 2000);
    EXPECT_LT(imported.output.size() + served.output.size(), 64u << 10);
  }
  EXPECT_FALSE(std::filesystem::exists(into) && !std::filesystem::is_empty(into));
  EXPECT_FALSE(std::filesystem::exists(server_.folder() / "escaped"));
}

}  // namespace
}  // namespace bailiwick
