#include "cli/soak/load_generator.h"

#include <csignal>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include "cli/output.h"
#include "cli/soak/arrivals.h"
#include "cli/soak/chat_call.h"
#include "net/client.h"
#include "net/deadlines.h"
#include "net/spawn.h"
#include "net/use_task.h"

namespace bailiwick::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
namespace asio = net::asio;

/// How many requests that are due already are begun before answers are looked at.
constexpr int kBegunAtOnce = 32;
constexpr std::size_t kMaxMetrics = 16 << 20;
constexpr std::string_view kStreamEnd = "data: [DONE]";

/// One request on its way.
struct PlannedRequest {
  std::size_t phase, tenant, kind;
  nanoseconds due;  ///< from the start of its phase
  MonoTime due_at;
};

struct AttemptResult {
  int status = 0;
  std::string_view error;
  std::string retry_after;
};

std::string_view error_word(const Error& error) {
  if (error.reason == "upstream.connect") return "connect";
  return error.code == ErrorCode::kGatewayTimeout ? "timeout" : "broken";
}

double seconds_between(MonoTime from, MonoTime to) {
  return std::chrono::duration<double>(to - from).count();
}

net::Task<void> sleep_until(asio::io_context& io, MonoTime at) {
  net::Timer timer(io.get_executor());
  timer.expires_at(at);
  co_await timer.async_wait(net::use_task);
}

/// Each request in flight has a socket, and shells give a process few.
void allow_many_sockets() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

void rethrow_failure(const net::Outcome<void>& outcome) {
  if (!outcome) std::rethrow_exception(outcome.error());
}

}  // namespace

struct LoadGenerator::Impl {
  Impl(const Scenario& scenario_given, const SoakTarget& target_given, SoakFigures& figures_given,
       const Context& context_given)
      : scenario(scenario_given), target(target_given), figures(figures_given), context(context_given) {}

  net::Task<void> play();
  net::Task<void> play_phase(std::size_t index);
  net::Task<void> look_every_second();
  net::Task<std::optional<ServerUsage>> look();
  net::Task<void> perform(PlannedRequest planned);
  net::Task<AttemptResult> attempt(const PlannedRequest& planned);
  net::Task<AttemptResult> read_answer(net::ClientResponse& response, MonoTime deadline,
                                       const RequestKind& kind);
  std::optional<MonoTime> next_attempt(const PlannedRequest& planned, const AttemptResult& result,
                                       int attempts);
  Status prepare();
  void begin(const PlannedRequest& planned);
  double now_seconds() const { return seconds_between(start, net::mono_now()); }

  const Scenario& scenario;
  const SoakTarget& target;
  SoakFigures& figures;
  const Context& context;
  SoakRun run;
  Status blind;  ///< what has to be seen cannot be: known before the first request, not after a day
  net::Origin origin;
  std::vector<std::string> bodies;           ///< by kind
  std::vector<net::ClientRequest> requests;  ///< by tenant and kind
  // Two, so that what is asked, and when, does not depend on the answers.
  SeededRandom random{static_cast<std::uint64_t>(scenario.seed)};
  SeededRandom luck{static_cast<std::uint64_t>(scenario.seed)};
  std::unique_ptr<Progress> progress;
  MonoTime start, phase_end;
  std::uint64_t in_flight = 0;
  // Last, so that what is still on its way at the end goes before what it looks at.
  asio::io_context io{1};
  std::unique_ptr<net::Client> client;
};

LoadGenerator::LoadGenerator(const Scenario& scenario, const SoakTarget& target, SoakFigures& figures,
                             const Context& context)
    : impl_(std::make_unique<Impl>(scenario, target, figures, context)) {}

LoadGenerator::~LoadGenerator() = default;

Status LoadGenerator::Impl::prepare() {
  TRY(origin, net::Origin::parse(target.url));
  for (const RequestKind& kind : scenario.requests) bodies.push_back(chat_body(kind));
  for (std::size_t tenant = 0; tenant < scenario.tenants.size(); ++tenant) {
    for (const std::string& body : bodies) {
      net::ClientRequest request{
          .method = "POST", .path = "/v1/chat/completions", .headers = {}, .body = body};
      request.headers.set("Content-Type", "application/json");
      request.headers.set("Authorization", "Bearer " + target.tokens[tenant]);
      request.headers.set("X-Bailiwick-Tenant", scenario.tenants[tenant].tenant.view());
      request.headers.set("User-Agent", "bailiwick/" BAILIWICK_VERSION);
      requests.push_back(std::move(request));
    }
  }
  net::ClientOptions options;
  options.ca_file = target.ca_file;
  options.idle_per_origin = static_cast<std::size_t>(scenario.max_in_flight);
  client = std::make_unique<net::Client>(io, options);
  return {};
}

Result<SoakRun> LoadGenerator::run() {
  Impl& self = *impl_;
  allow_many_sockets();
  CHECK_OK(self.prepare());
  asio::basic_signal_set<net::Executor> signals(self.io.get_executor(), SIGINT, SIGTERM);
  signals.async_wait([&self](const boost::system::error_code& error, int) {
    if (error) return;
    self.run.interrupted = true;
    self.io.stop();
  });
  self.start = net::mono_now();
  net::spawn(self.io, self.play(), [&self](const net::Outcome<void>& outcome) {
    self.io.stop();
    rethrow_failure(outcome);
  });
  net::spawn(self.io, self.look_every_second(), rethrow_failure);
  self.io.run();
  CHECK_OK(std::move(self.blind));
  self.progress.reset();
  self.run.seconds = self.now_seconds();
  self.figures.unfinished(self.in_flight);
  return std::move(self.run);
}

net::Task<void> LoadGenerator::Impl::play() {
  run.before = co_await look();
  if (!run.before && scenario.expect.rss_slope_kib_per_min) {
    blind = fail(ErrorCode::kInvalid, "usage.pid",
                 "the scenario bounds the server's memory, and its /metrics does not show it: give --pid");
    co_return;
  }
  start = net::mono_now();
  phase_end = start;
  for (std::size_t i = 0; i < scenario.phases.size(); ++i) co_await play_phase(i);
  MonoTime patience = net::mono_now() + scenario.timeout;
  while (in_flight > 0 && net::mono_now() < patience)
    co_await sleep_until(io, net::mono_now() + milliseconds(10));
  run.after = co_await look();
}

net::Task<void> LoadGenerator::Impl::play_phase(std::size_t index) {
  const SoakPhase& phase = scenario.phases[index];
  std::vector<double> tenant_weights, kind_weights;
  for (const TenantLoad& load : scenario.tenants) tenant_weights.push_back(load.weight);
  for (const RequestKind& kind : scenario.requests) kind_weights.push_back(kind.weight);
  WeightedChoice tenants(tenant_weights), kinds(kind_weights);
  MonoTime begin_at = phase_end;
  phase_end = begin_at + phase.duration;
  figures.begin_phase(index, seconds_between(start, begin_at));
  progress.reset();
  progress = std::make_unique<Progress>(
      context, phase.name,
      static_cast<std::size_t>(std::chrono::ceil<std::chrono::seconds>(phase.duration).count()));
  Arrivals arrivals(phase, scenario.arrivals, random);
  int begun = 0;
  while (auto due = arrivals.next()) {
    PlannedRequest planned{index, tenants.pick(random), kinds.pick(random), *due, begin_at + *due};
    if (planned.due_at > net::mono_now()) {
      co_await sleep_until(io, planned.due_at);
      begun = 0;
    } else if (++begun % kBegunAtOnce == 0) {
      co_await asio::post(io.get_executor(), net::use_task);
    }
    begin(planned);
  }
  co_await sleep_until(io, phase_end);
}

void LoadGenerator::Impl::begin(const PlannedRequest& planned) {
  run.lateness.record(std::chrono::floor<std::chrono::microseconds>(net::mono_now() - planned.due_at));
  if (in_flight >= static_cast<std::uint64_t>(scenario.max_in_flight)) {
    figures.record({.phase = planned.phase, .tenant = planned.tenant, .due = planned.due, .error = "unsent"});
    return;
  }
  run.most_in_flight = std::max(run.most_in_flight, ++in_flight);
  net::spawn(io, perform(planned), rethrow_failure);
}

net::Task<void> LoadGenerator::Impl::perform(PlannedRequest planned) {
  AttemptResult result;
  int attempts = 0;
  while (true) {
    result = co_await attempt(planned);
    auto again = next_attempt(planned, result, ++attempts);
    if (!again) break;
    co_await sleep_until(io, *again);
  }
  --in_flight;
  figures.record({.phase = planned.phase,
                  .tenant = planned.tenant,
                  .due = planned.due,
                  .latency = std::chrono::floor<std::chrono::microseconds>(net::mono_now() - planned.due_at),
                  .status = result.status,
                  .error = result.error,
                  .retries = attempts - 1});
}

/// Only callers of a backoff phase come back, and none after its end.
std::optional<MonoTime> LoadGenerator::Impl::next_attempt(const PlannedRequest& planned,
                                                          const AttemptResult& result, int attempts) {
  const SoakPhase& phase = scenario.phases[planned.phase];
  if (phase.kind != PhaseKind::kBackoff || attempts >= scenario.max_attempts) return std::nullopt;
  auto pause = pause_before_retry(result.status, result.retry_after, attempts, unit_interval(luck));
  if (!pause) return std::nullopt;
  MonoTime at = net::mono_now() + *pause, end = planned.due_at - planned.due + phase.duration;
  return at < end ? std::optional(at) : std::nullopt;
}

net::Task<AttemptResult> LoadGenerator::Impl::attempt(const PlannedRequest& planned) {
  const net::ClientRequest& request = requests[planned.tenant * bodies.size() + planned.kind];
  MonoTime deadline = net::mono_now() + scenario.timeout;
  auto response = co_await client->send(origin, request, scenario.timeout);
  if (!response) co_return AttemptResult{.error = error_word(response.error())};
  co_return co_await read_answer(**response, deadline, scenario.requests[planned.kind]);
}

/// A stream that ends without its last event was cut off, whatever its status said.
net::Task<AttemptResult> LoadGenerator::Impl::read_answer(net::ClientResponse& response, MonoTime deadline,
                                                          const RequestKind& kind) {
  AttemptResult result{.status = response.status(),
                       .retry_after = std::string(response.headers().get("Retry-After"))};
  std::string tail;
  while (true) {
    auto bytes = co_await response.read_some();
    if (!bytes) {
      result.error = error_word(bytes.error());
      co_return result;
    }
    if (bytes->empty()) break;
    if (net::mono_now() > deadline) {
      result.error = "timeout";
      co_return result;
    }
    if (!kind.stream) continue;
    tail.append(bytes->substr(bytes->size() - std::min(bytes->size(), 2 * kStreamEnd.size())));
    if (tail.size() > 2 * kStreamEnd.size()) tail.erase(0, tail.size() - 2 * kStreamEnd.size());
  }
  if (kind.stream && result.status == 200 && !tail.contains(kStreamEnd)) result.error = "cut";
  co_return result;
}

net::Task<std::optional<ServerUsage>> LoadGenerator::Impl::look() {
  if (target.pid) {
    auto usage = usage_of_process(*target.pid);
    co_return usage ? std::optional(*usage) : std::nullopt;
  }
  net::ClientRequest request{.method = "GET", .path = "/metrics", .headers = {}, .body = {}};
  if (!target.metrics_token.empty()) request.headers.set("Authorization", "Bearer " + target.metrics_token);
  auto response = co_await client->send(origin, request, scenario.timeout);
  if (!response || (*response)->status() != 200) co_return std::nullopt;
  auto text = co_await (*response)->read_all(kMaxMetrics);
  if (!text) co_return std::nullopt;
  co_return usage_in_metrics(*text);
}

net::Task<void> LoadGenerator::Impl::look_every_second() {
  bool known = true;
  for (int second = 1;; ++second) {
    co_await sleep_until(io, start + std::chrono::seconds(second));
    if (progress) progress->advance(1);
    if (!known) continue;
    auto usage = co_await look();
    if (usage) run.memory.push_back({now_seconds(), usage->resident_kib, usage->anonymous_kib});
    known = usage.has_value() || !run.memory.empty();
  }
}

}  // namespace bailiwick::cli
