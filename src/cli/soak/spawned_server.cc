#include "cli/soak/spawned_server.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/document.h"
#include "base/files.h"
#include "base/json_members.h"
#include "cli/api_client.h"

namespace bailiwick::cli {
namespace {

constexpr std::chrono::milliseconds kLookAgain{20};
constexpr int kLooks = 1500;  // half a minute, to start and to stop
constexpr std::size_t kMaxLog = 64 << 20;

/// The arguments or the environment of a program, as exec wants them.
class WordList {
 public:
  explicit WordList(std::vector<std::string> words) : words_(std::move(words)) {
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
  }
  char* const* get() { return pointers_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

/// Ours, without what is meant for our own client.
std::vector<std::string> environment_of_server(const Context& context) {
  std::vector<std::string> variables{"BAILIWICK__BUNDLES__REQUIRE_SIGNATURE=false"};
  for (const auto& [name, value] : context.environment) {
    if (!name.starts_with("BAILIWICK")) variables.push_back(name + "=" + value);
  }
  return variables;
}

/// In the child, where only what is safe in a signal handler may be called. It ends when we do, however we
/// end, and is in a group of its own, so that Ctrl-C stops the load first.
[[noreturn]] void become_server(int log, char* const* arguments, char* const* environment) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execve("/proc/self/exe", arguments, environment);
  ::_exit(127);
}

json::object tenant_file(const std::string& id, const Json& quotas) {
  json::object tenant{{"id", json::string(id)}, {"name", json::string(id)}, {"plan", "enterprise"}};
  if (!quotas.value.is_null()) tenant["quotas"] = quotas.value;
  return tenant;
}

json::object router_file(const std::string& id, const std::string& upstream) {
  json::object provider{{"kind", "openai"}, {"base_url", json::string(upstream)}};
  json::object primary{{"provider", "fixed"}, {"model", "gpt-4o-mini"}};
  return {{"tenant_id", json::string(id)},
          {"providers", json::object{{"fixed", std::move(provider)}}},
          {"routing", json::object{{"primary", std::move(primary)}}}};
}

/// `{"event":"server.listening","address":"127.0.0.1:40123",…}`
std::string listening_address(std::string_view log) {
  std::size_t at = log.find("\"server.listening\"");
  if (at == std::string_view::npos) return "";
  std::size_t begin = log.rfind('\n', at) + 1, end = log.find('\n', at);
  if (end == std::string_view::npos) return "";
  auto line = parse_json_object(log.substr(begin, end - begin));
  return line ? std::string(text_member(*line, "address")) : "";
}

}  // namespace

Result<std::unique_ptr<SpawnedServer>> SpawnedServer::start(const Scenario& scenario,
                                                            const Context& context) {
  std::unique_ptr<SpawnedServer> server(new SpawnedServer(scenario.spawn));
  CHECK_OK(server->upstream_.start());
  CHECK_OK(server->make_folder());
  CHECK_OK(server->write_tenants(scenario));
  CHECK_OK(server->begin(context));
  CHECK_OK(server->wait_until_ready());
  CHECK_OK(server->make_tokens(scenario));
  return server;
}

SpawnedServer::~SpawnedServer() {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
  for (int look = 0; pid_ > 0; ++look) {
    if (look == kLooks) ::kill(pid_, SIGKILL);
    if (::waitpid(pid_, nullptr, WNOHANG) != 0)
      pid_ = 0;
    else
      std::this_thread::sleep_for(kLookAgain);
  }
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

Status SpawnedServer::make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "bailiwick-soak-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return failed(fmt::format("{} cannot be made", name));
  folder_ = name;
  return {};
}

Status SpawnedServer::write_tenants(const Scenario& scenario) const {
  for (const TenantLoad& load : scenario.tenants) {
    std::filesystem::path folder = folder_ / "tenants" / load.tenant.str();
    CHECK_OK(make_private_folder(folder));
    CHECK_OK(write_file_atomically(folder / "tenant.yaml",
                                   to_yaml(tenant_file(load.tenant.str(), scenario.spawn.quotas))));
    CHECK_OK(write_file_atomically(folder / "router.yaml",
                                   to_yaml(router_file(load.tenant.str(), upstream_.base_url()))));
  }
  return {};
}

Status SpawnedServer::begin(const Context& context) {
  WordList arguments({"bailiwick", "serve", "--data", data().string(), "--tenants",
                      (folder_ / "tenants").string(), "--listen", "127.0.0.1:0"});
  WordList environment(environment_of_server(context));
  int log = ::open((folder_ / "log").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return failed("its log cannot be written");
  pid_ = ::fork();
  if (pid_ == 0) become_server(log, arguments.get(), environment.get());
  ::close(log);
  if (pid_ < 0) return failed(std::strerror(errno));
  return {};
}

Status SpawnedServer::wait_until_ready() {
  for (int look = 0; look < kLooks; ++look) {
    std::this_thread::sleep_for(kLookAgain);
    std::string address = listening_address(read_file(folder_ / "log", kMaxLog).value_or(""));
    if (!address.empty()) {
      url_ = "http://" + address;
      return {};
    }
    if (::waitpid(pid_, nullptr, WNOHANG) == 0) continue;
    pid_ = 0;
    return failed("it ended");
  }
  return failed("it does not listen");
}

Status SpawnedServer::make_tokens(const Scenario& scenario) {
  TRY(std::string admin, read_file(data() / "admin.token", 4096));
  Context context;
  context.url = url_;
  context.token = admin.substr(0, admin.find('\n'));
  ApiClient client(context);
  for (const TenantLoad& load : scenario.tenants) {
    TRY(ApiAnswer answer, client.call({.method = "POST",
                                       .path = "/v1/tenants/" + load.tenant.str() + "/tokens",
                                       .body = R"({"role":"operator"})"}));
    TRY(json::value made, answer.json());
    tokens_.emplace_back(made.at("token").as_string());
  }
  return {};
}

std::unexpected<Error> SpawnedServer::failed(std::string_view what) const {
  std::string log = folder_.empty() ? "" : read_file(folder_ / "log", kMaxLog).value_or("");
  constexpr std::size_t kTail = 2000;
  if (log.size() > kTail) log.erase(0, log.size() - kTail);
  return fail(ErrorCode::kUnavailable, "spawn.failed",
              fmt::format("the server that --spawn started is not there: {}{}{}", what,
                          log.empty() ? "" : "; it said:\n", log));
}

}  // namespace bailiwick::cli
