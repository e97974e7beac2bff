#include "app/serve_command.h"

#include <cerrno>
#include <memory>
#include <ostream>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "app/application.h"
#include "base/files.h"
#include "base/log.h"

namespace bailiwick::app {
namespace {

constexpr std::size_t kMaxConfig = 1 << 20;

struct Flags {
  std::string config;
  std::string data;
  std::string tenants;
  std::string listen;
  bool reset_admin_token = false;
};

Result<config::ServerConfig> configure(const cli::Context& context, const Flags& flags) {
  config::Sources sources;
  sources.file = flags.config;
  sources.environment = context.environment;
  if (!flags.config.empty()) {
    TRY(sources.file_text, read_file(flags.config, kMaxConfig));
  }
  for (auto [key, value] :
       {std::pair{"data", &flags.data}, {"tenants", &flags.tenants}, {"server.listen", &flags.listen}}) {
    if (!value->empty()) sources.flags.emplace_back(key, *value);
  }
  TRY(config::Loaded loaded, config::load(sources));
  if (loaded.config.data.empty()) {
    return fail(ErrorCode::kInvalid, "usage.data",
                "say where state is kept: --data DIR, or `data` in the settings");
  }
  return std::move(loaded.config);
}

/// Secrets pass through this process's memory: no core file, and no other process of the user reads it.
void keep_memory_private() {
  rlimit none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0);
}

/// Blocked before any thread starts, so that one place alone takes them.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return set;
}

void announce(const cli::Context& context, const Application& application,
              const config::ServerConfig& config) {
  std::string address = fmt::format("{}:{}", config.listen.host, application.port());
  log_info("server.listening", {{"address", address}, {"version", BAILIWICK_VERSION}, {"data", config.data}});
  if (!application.first_start()) return;
  const FirstStart& first = *application.first_start();
  log_info("identity.bootstrap", {{"admin_token_file", first.admin_token_file.string()}});
  if (context.terminal_out) {
    *context.out << "Platform admin token (also in " << first.admin_token_file.string() << "):\n"
                 << first.admin_token << std::endl;
  }
}

/// Returns when the program is told to end. A reload that finds the source being read is made when that is
/// done: what is being read may be older than the signal.
void obey(const sigset_t& signals, Application& application) {
  constexpr timespec kAgain{.tv_sec = 0, .tv_nsec = 200'000'000};
  for (bool waiting = false;;) {
    int signal = waiting ? sigtimedwait(&signals, nullptr, &kAgain) : sigwaitinfo(&signals, nullptr);
    if (signal == SIGTERM || signal == SIGINT) return;
    bool again = waiting && signal == -1 && errno == EAGAIN;
    if (signal != SIGHUP && !again) continue;
    bool waited = std::exchange(waiting, application.reload() == Application::Reload::kSourceBusy);
    if (waiting && !waited) log_info("bundle.reload_waits", {{"reason", "bundles.source_busy"}});
  }
}

Result<cli::Exit> serve(const cli::Context& context, const Flags& flags) {
  TRY(config::ServerConfig config, configure(context, flags));
  set_log_level(config.log_level);
  keep_memory_private();
  sigset_t signals = block_signals();
  SystemClock clock;
  SystemRandom random;
  Surroundings around{.clock = clock,
                      .random = random,
                      .sandbox = *context.sandbox,
                      .admin_token = flags.reset_admin_token ? AdminToken::kReset : AdminToken::kKeep};
  TRY(auto application, Application::open(config, around));
  CHECK_OK(application->start());
  announce(context, *application, config);
  obey(signals, *application);
  log_info("server.draining");
  application->stop();
  log_info("server.stopped");
  if (application->stuck()) std::_Exit(0);  // all state is closed
  return cli::Exit::kOk;
}

}  // namespace

void add_serve(CLI::App& app, cli::Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("serve", "Run the server: API, gateway and control plane");
  command->add_option("-c,--config", flags->config, "Settings file (YAML); see `bailiwick config explain`");
  command->add_option("--data", flags->data, "Folder of all state");
  command->add_option("--tenants", flags->tenants, "Folder of the tenants' bundles");
  command->add_option("--listen", flags->listen, "HOST:PORT; default 127.0.0.1:8080");
  command->add_flag("--reset-admin-token", flags->reset_admin_token,
                    "Make a new platform admin token, write it to DATA/admin.token and end every older one");
  command->callback(
      [&context, flags] { context.command = [&context, flags] { return serve(context, *flags); }; });
}

}  // namespace bailiwick::app
