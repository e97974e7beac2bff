// The server is killed at random moments under load, again and again. Every answer that a client saw must
// have its record, the chain must verify, and a restart must be quick. BAILIWICK_CRASH_ROUNDS sets how often
// (default 20).
#include <cstdlib>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json.h"
#include "base/mutex.h"
#include "cli/api_client.h"
#include "ledger/verify.h"
#include "support/temp_folder.h"

extern char** environ;

namespace bailiwick {
namespace {

using std::chrono::milliseconds, std::chrono::steady_clock;

struct Answer {
  int status = 0;
  std::string body;
};

/// A port that nobody has just now; the server must come back on the same one.
int free_port() {
  int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

class CrashTest : public testing::Test {
 protected:
  void TearDown() override { kill_server(); }

  /// Starts the program and waits until it is ready; returns how long that took.
  milliseconds start_server() {
    std::string data = (folder_.path() / "data").string(), listen = "127.0.0.1:" + std::to_string(port_);
    std::string log = (folder_.path() / "log").string();
    const char* words[] = {BAILIWICK_BINARY, "serve",        "--data", data.c_str(),
                           "--listen",       listen.c_str(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    auto began = steady_clock::now();
    EXPECT_EQ(posix_spawn(&server_, BAILIWICK_BINARY, &actions, nullptr, const_cast<char**>(words), environ),
              0);
    posix_spawn_file_actions_destroy(&actions);
    while (call("", "GET", "/readyz").status != 200 &&
           steady_clock::now() - began < std::chrono::seconds(30)) {
      std::this_thread::sleep_for(milliseconds(10));
    }
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
  }

  void kill_server() {
    if (server_ <= 0) return;
    ::kill(server_, SIGKILL);
    ::waitpid(server_, nullptr, 0);
    server_ = 0;
  }

  /// An answer that did not arrive whole is none.
  Answer call(const std::string& credential, const std::string& method, const std::string& path,
              const std::string& body = "", const std::string& request_id = "") {
    cli::Context context;
    context.url = "http://127.0.0.1:" + std::to_string(port_);
    context.token = credential;
    cli::ApiRequest request{.method = method, .path = path, .body = body};
    if (!request_id.empty()) request.headers.add("X-Request-Id", request_id);
    auto answer = cli::ApiClient(context).raw(request);
    return answer ? Answer{answer->status, std::move(answer->body)} : Answer{};
  }

  void make_tenant() {
    std::string admin = read_file(folder_.path() / "data" / "admin.token", 4096).value();
    admin.pop_back();
    ASSERT_EQ(call(admin, "POST", "/v1/tenants", R"({"id":"acme-corp","name":"Acme"})").status, 201);
    Answer made = call(admin, "POST", "/v1/tenants/acme-corp/tokens", R"({"role":"owner"})");
    ASSERT_EQ(made.status, 201);
    token_ = std::string(parse_json_object(made.body).value().at("token").as_string());
  }

  /// Asks until told to stop; remembers the ids of answers that arrived whole.
  void load(std::atomic<bool>& stop, int round, int client) {
    for (int i = 0; !stop; ++i) {
      std::string id = "r" + std::to_string(round) + "-" + std::to_string(client) + "-" + std::to_string(i);
      Answer answer = call(token_, "POST", "/v1/retrieve", R"({"query":"anything"})", id);
      if (answer.status != 200) continue;
      MutexLock lock(mutex_);
      seen_.insert(std::move(id));
    }
  }

  testing_support::TempFolder folder_;
  int port_ = free_port();
  pid_t server_ = 0;
  std::string token_;
  Mutex mutex_;
  std::set<std::string> seen_ BW_GUARDED_BY(mutex_);
};

TEST_F(CrashTest, NoAnswerWithoutItsRecord) {
  const char* wanted = std::getenv("BAILIWICK_CRASH_ROUNDS");
  const int rounds = wanted != nullptr ? std::atoi(wanted) : 20;
  std::mt19937 random(20261125);
  start_server();
  ASSERT_NO_FATAL_FAILURE(make_tenant());
  milliseconds slowest{0};
  for (int round = 0; round < rounds; ++round) {
    std::atomic<bool> stop = false;
    std::vector<std::jthread> clients;
    for (int client = 0; client < 3; ++client) {
      clients.emplace_back([this, &stop, round, client] { load(stop, round, client); });
    }
    std::this_thread::sleep_for(milliseconds(20 + random() % 200));
    kill_server();
    stop = true;
    clients.clear();
    slowest = std::max(slowest, start_server());
  }
  Answer exported = call(token_, "GET", "/v1/ledger/export");
  ASSERT_EQ(exported.status, 200);
  std::istringstream lines(exported.body);
  auto report = ledger::verify_export(lines, std::nullopt);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->problems.empty()) << to_string(report->problems);

  std::set<std::string> recorded;
  std::istringstream again(exported.body);
  for (std::string line; std::getline(again, line);) {
    json::object entry = parse_json_object(line).value();
    const json::object& record = entry.at("record").as_object();
    if (const json::value* id = record.if_contains("request_id")) recorded.emplace(id->as_string());
  }
  MutexLock lock(mutex_);
  EXPECT_GT(seen_.size(), static_cast<std::size_t>(rounds)) << "the load must have been answered";
  for (const std::string& id : seen_) EXPECT_TRUE(recorded.contains(id)) << id;
  std::cout << rounds << " kills, " << seen_.size() << " answers seen, slowest restart " << slowest.count()
            << " ms\n";
}

}  // namespace
}  // namespace bailiwick
