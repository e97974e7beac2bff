// ServerProcess: the program itself as a child, on a folder and a port that stay the same however often it is
// killed and started again. For tests that are given BAILIWICK_BINARY.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

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
#include "cli/api_client.h"
#include "support/temp_folder.h"

extern char** environ;

namespace bailiwick::testing_support {

/// An answer as a client's library shows it; status 0 when none arrived whole.
struct WholeAnswer {
  int status = 0;
  std::string body;
  json::object json() const { return parse_json_object(body).value(); }
};

/// What a finished program said.
struct Finished {
  int exit_code = -1;  ///< -1 when a signal ended it
  std::string output;  ///< standard output and standard error
};

class ServerProcess {
 public:
  ServerProcess() : port_(free_port()) {}
  ~ServerProcess() { kill(); }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// For the next start: an environment variable; a flag of `serve`.
  void environment(const std::string& name, std::string value) { environment_[name] = std::move(value); }
  void flag(const std::string& name, std::string value) { flags_[name] = std::move(value); }

  /// Starts the program and waits until it is ready; returns how long that took, at most 30 s.
  std::chrono::milliseconds start() {
    std::vector<std::string> words{"serve", "--data", data().string(), "--listen",
                                   "127.0.0.1:" + std::to_string(port_)};
    for (const auto& [name, value] : flags_) words.insert(words.end(), {name, value});
    auto began = std::chrono::steady_clock::now();
    server_ = spawn(words, log_file());
    while (call("", "GET", "/readyz").status != 200 && alive() && since(began) < std::chrono::seconds(30)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return since(began);
  }
  void kill() {
    if (server_ <= 0) return;
    ::kill(server_, SIGKILL);
    ::waitpid(server_, nullptr, 0);
    server_ = 0;
  }
  /// Asks it to stop; its exit code, or -1 when a signal ended it.
  int stop() {
    ::kill(server_, SIGTERM);
    int status = 0;
    ::waitpid(std::exchange(server_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  /// Has it read its folder of tenants again.
  void hang_up() const { ::kill(server_, SIGHUP); }
  bool alive() {
    if (server_ <= 0 || ::waitpid(server_, nullptr, WNOHANG) == 0) return server_ > 0;
    server_ = 0;
    return false;
  }

  /// Runs `bailiwick WORDS…` to its end, beside the server.
  Finished run(const std::vector<std::string>& words) const {
    std::filesystem::path output = folder_ / "output";
    std::filesystem::remove(output);
    int status = 0;
    ::waitpid(spawn(words, output), &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(output, 64 << 20).value_or("")};
  }

  WholeAnswer call(const std::string& credential, const std::string& method, const std::string& path,
                   const std::string& body = "", const std::string& request_id = "") const {
    cli::Context context;
    context.url = "http://127.0.0.1:" + std::to_string(port_);
    context.token = credential;
    cli::ApiRequest request{.method = method, .path = path, .body = body};
    if (!request_id.empty()) request.headers.add("X-Request-Id", request_id);
    auto answer = cli::ApiClient(context).raw(request);
    return answer ? WholeAnswer{answer->status, std::move(answer->body)} : WholeAnswer{};
  }

  std::uint16_t port() const { return port_; }
  std::filesystem::path folder() const { return folder_.path(); }
  std::filesystem::path data() const { return folder_ / "data"; }
  /// All that it wrote to standard error, over every start.
  std::string log() const { return read_file(log_file(), 256 << 20).value_or(""); }
  std::string admin_token() const {
    std::string token = read_file(data() / "admin.token", 4096).value();
    token.pop_back();
    return token;
  }
  std::string make_token(const std::string& tenant, const std::string& role) const {
    WholeAnswer made = call(admin_token(), "POST", "/v1/tenants/" + tenant + "/tokens",
                            json::serialize(json::object{{"role", json::string(role)}}));
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(made.json().at("token").as_string());
  }

 private:
  /// A port that nobody has just now.
  static std::uint16_t free_port() {
    int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size), 0);
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(descriptor);
    return ntohs(address.sin_port);
  }
  static std::chrono::milliseconds since(std::chrono::steady_clock::time_point began) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  }
  std::filesystem::path log_file() const { return folder_ / "log"; }

  pid_t spawn(const std::vector<std::string>& words, const std::filesystem::path& output) const {
    std::vector<std::string> variables;
    for (char** at = environ; *at != nullptr; ++at) variables.emplace_back(*at);
    for (const auto& [name, value] : environment_) variables.push_back(name + "=" + value);
    std::vector<const char*> arguments{BAILIWICK_BINARY}, surroundings;
    for (const std::string& word : words) arguments.push_back(word.c_str());
    for (const std::string& variable : variables) surroundings.push_back(variable.c_str());
    arguments.push_back(nullptr);
    surroundings.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, output.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 2, 1);
    pid_t child = 0;
    EXPECT_EQ(posix_spawn(&child, BAILIWICK_BINARY, &actions, nullptr, const_cast<char**>(arguments.data()),
                          const_cast<char**>(surroundings.data())),
              0);
    posix_spawn_file_actions_destroy(&actions);
    return child;
  }

  TempFolder folder_;
  std::uint16_t port_;
  pid_t server_ = 0;
  /// Its tenants are unsigned unless a test says otherwise.
  std::map<std::string, std::string> environment_{{"BAILIWICK__BUNDLES__REQUIRE_SIGNATURE", "false"}};
  std::map<std::string, std::string> flags_;
};

}  // namespace bailiwick::testing_support
