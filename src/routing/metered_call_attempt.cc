// The attempts of a call: at one target after the other until one answers.
#include <charconv>

#include <fmt/format.h>

#include "base/log.h"
#include "net/client.h"
#include "routing/answer_shape.h"
#include "routing/metered_call.h"
#include "routing/provider_wire.h"

namespace bailiwick::routing {
namespace {

constexpr std::size_t kLongestAnswer = 64 << 20;
constexpr std::size_t kMostNoted = 64;
// A provider that asks for more is asked again all the same.
constexpr std::chrono::milliseconds kLongestRest{300'000};

bool asks_for_another(int status) {
  return status == 408 || status == 429 || status >= 500;
}

/// The request had arrived, and then no answer that would say what it used: the provider may bill it.
bool may_be_used(const Error& failure, int status) {
  return failure.reason == "upstream.timeout" || failure.reason == "upstream.broken" || is_good(status);
}

/// Another try mends neither key nor address, nor what a target cannot be told.
bool is_lasting(const Error& failure) {
  return failure.code == ErrorCode::kInvalid || failure.reason == "upstream.credential" ||
         failure.reason == "provider.credential" || failure.reason == "upstream.address";
}

/// Its provider did what it should.
bool is_models_fault(const Error& failure) {
  return failure.reason == "upstream.call";
}

/// How long a provider asks to be left alone. Empty: it does not say, or not in a number.
std::optional<std::chrono::milliseconds> rest_asked(const net::Headers& headers) {
  auto number = [&](std::string_view name) -> std::optional<std::uint32_t> {
    std::string_view text = headers.get(name);
    std::uint32_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
  };
  if (auto ms = number("retry-after-ms")) return std::min(std::chrono::milliseconds(*ms), kLongestRest);
  if (auto seconds = number("retry-after"))
    return std::min<std::chrono::milliseconds>(std::chrono::seconds(*seconds), kLongestRest);
  return std::nullopt;
}

Error upstream_status(int status) {
  return Error(ErrorCode::kBadGateway, "upstream.status",
               fmt::format("the model's provider answered {}", status));
}

}  // namespace

net::Task<Result<MeteredCall::Verdict>> MeteredCall::attempt(const Attempt& attempt) {
  target_ = &attempt.target;
  clock_ = &attempt.clock;
  endpoint_ = attempt.payload.endpoint(*target_);
  instruments_ = &attempt.instruments;
  record_->provider = target_->provider_name();
  record_->model = target_->model();
  CO_CHECK_OK(requote(attempt));
  if (target_->is_local()) co_return co_await attempt_local(attempt);
  // What cannot be put to a target is no fault of the target's.
  if (auto written = write_body(attempt); !written) co_return pass_over(attempt, std::move(written.error()));
  co_return co_await attempt_upstream(attempt);
}

Status MeteredCall::requote(const Attempt& attempt) {
  if (std::exchange(quoted_, nullptr) == target_) return {};
  quote_ =
      Quote::of(attempt.payload.facts(*target_), endpoint_, *target_, meter_->habits(), attempt.enforcement);
  // Only a dearer target than the first asks for more, or one after a target that may bill what was reserved.
  if (quote_.demand.cost <= held() || quote_.demand.least_cost.value_or(quote_.demand.cost) <= held())
    return {};
  return admission_.top_up(quote_.demand.cost - held());
}

net::Task<Result<MeteredCall::Verdict>> MeteredCall::attempt_local(const Attempt& attempt) {
  CO_TRY(auto messages, attempt.payload.messages());
  LocalQuestion question{attempt.scope, attempt.snapshot, attempt.loop, std::move(messages)};
  CO_TRY(local_text_, co_await attempt.local.answer(question));
  PayloadFacts facts = attempt.payload.facts(*target_);
  reported_.input = facts.input_tokens;
  reported_.output = static_cast<std::int64_t>(local_text_.size()) / kBytesPerToken + 1;
  LocalReply reply{.text = local_text_,
                   .model = target_->model(),
                   .id = record_->request_id,
                   .created = unix_seconds(attempt.clock.wall()),
                   .input_tokens = *reported_.input,
                   .output_tokens = *reported_.output};
  const ProviderAdapter& dialect = adapter_for(dialect_of(endpoint_));
  streams_ = facts.stream;
  using UsageEvent = ProviderAdapter::UsageEvent;
  body_ = streams_ ? dialect.streamed_reply(reply, attempt.payload.reports_usage() ? UsageEvent::kInclude
                                                                                   : UsageEvent::kLeaveOut)
                   : dialect.whole_reply(reply);
  headers_.add("Content-Type", streams_ ? "text/event-stream; charset=utf-8" : "application/json");
  status_ = 200;
  settle();
  co_return Verdict::kAnswered;
}

Result<net::ClientRequest> MeteredCall::request_for(const Attempt& attempt, MonoTime start) {
  PlannedProvider& provider = *target_->provider;
  if (!provider.origin) {
    return fail(ErrorCode::kBadGateway, "upstream.address",
                fmt::format("the address of provider '{}' is not a URL; mend base_url in router.yaml",
                            provider.name));
  }
  net::ClientRequest request;
  bool stream = attempt.payload.facts(*target_).stream;
  request.path = upstream_path(*target_, endpoint_, stream ? Delivery::kStream : Delivery::kWhole);
  request.headers.add("Content-Type", "application/json");
  request.headers.add("User-Agent", "bailiwick/" BAILIWICK_VERSION);
  attempt.payload.forward_headers(*target_, request.headers);
  request.body = request_body_;
  request.abort = attempt.abort;
  if (provider.key) {
    TRY(key_, provider.key->value(start));
    CHECK_OK(authorize(provider, *key_, attempt.clock, request));
  }
  return request;
}

bool MeteredCall::gets_another(const Attempt& attempt, const Error& failure) const {
  using Otherwise = Attempt::Otherwise;
  if (attempt.otherwise != Otherwise::kTryAgain) return attempt.otherwise == Otherwise::kTryNext;
  // What may have been used already is not asked for twice.
  if (may_be_used_ || may_be_used(failure, status_) || is_lasting(failure)) return false;
  return attempt.clock.mono() < attempt.deadline && soonest(attempt.again) < attempt.deadline &&
         plan_->memory().retries.spend();
}

void MeteredCall::set_aside(const Attempt& attempt, Error failure) {
  if (may_be_used(failure, status_)) {
    may_be_used_ = true;
    owed_ += std::min(quote_.cost(quote_.output_tokens), held());
  }
  response_.reset();
  slot_.release();
  flight_ = {};
  headers_.clear();
  body_.clear();
  scanner_.reset();
  translator_.reset();
  streams_ = false;
  status_ = 0;
  ++fallbacks_;
  note_passed_over(failure.reason);
  instruments_->failed.add();
  // Who floods its own queue must not flood the log.
  if (failure.reason != "upstream.queue_full") log_failure(attempt, failure);
  failure_ = std::move(failure);
}

std::unexpected<Error> MeteredCall::outrun(const Error& failure) {
  if (may_be_used(failure, status_)) owed_ += std::min(quote_.cost(quote_.output_tokens), held());
  instruments_->outrun.add();
  give_up("upstream.outrun");
  return fail(ErrorCode::kUnavailable, "upstream.outrun", "another target answered first");
}

void MeteredCall::lose() {
  if (status_ == 0) return settle();  // it failed, or was given up already
  if (!is_good(status_)) return give_up("upstream.status");
  if (!settled_) owed_ += std::min(quote_.cost(quote_.output_tokens), held());
  instruments_->outrun.add();
  give_up("upstream.outrun");
}

void MeteredCall::give_up(std::string_view reason) {
  note_passed_over(reason);
  status_ = 0;
  response_.reset();
  settle();
}

void MeteredCall::note_passed_over(std::string_view reason) {
  auto& list = record_->passed_over;
  if (list.size() >= kMostNoted) return;
  list.push_back({std::string(target_->provider_name()), target_->model(), std::string(reason)});
}

void MeteredCall::log_failure(const Attempt& attempt, const Error& failure) const {
  log_warn("upstream.failed", {{"tenant", attempt.scope.tenant().view()},
                               {"request_id", record_->request_id},
                               {"provider", target_->provider_name()},
                               {"reason", failure.reason},
                               {"detail", failure.detail.empty() ? failure.message : failure.detail}});
}

Result<MeteredCall::Verdict> MeteredCall::pass_over(const Attempt& attempt, Error failure) {
  bool another = gets_another(attempt, failure);
  set_aside(attempt, std::move(failure));
  if (!another) return std::unexpected(failure_);
  return Verdict::kTryNext;
}

Error MeteredCall::caller_gone() {
  return Error(ErrorCode::kUnavailable, "caller.gone",
               "the caller left before the provider had a place free");
}

Error MeteredCall::resting(MonoTime now) const {
  Error error(
      ErrorCode::kUnavailable, "upstream.unavailable",
      fmt::format("provider '{}' keeps failing or asked for time, and is given a rest; try again shortly",
                  target_->provider->name));
  auto left = std::chrono::ceil<std::chrono::seconds>(target_->ready_at() - now);
  error.retry_after_seconds = std::max<long>(left.count(), 1);
  return error;
}

net::Task<Result<MeteredCall::Verdict>> MeteredCall::attempt_upstream(const Attempt& attempt) {
  TargetHealth& health = *target_->health;
  MonoTime arrival = attempt.clock.mono(), start = arrival;
  if (target_->ready_at() > arrival) co_return pass_over(attempt, resting(arrival));
  if (target_->provider->queue) {
    auto slot = co_await wait_for_slot(target_->provider->queue, plan_->share(), attempt.loop, attempt.clock);
    if (!slot) co_return pass_over(attempt, std::move(slot.error()));
    slot_ = std::move(*slot);
    start = attempt.clock.mono();
    if (attempt.caller_gone()) co_return std::unexpected(caller_gone());
  }
  // Asked last: it gives out a trial, and while this call waited the provider may have asked for time.
  if (health.ready_at() > start || !target_->provider->breaker->allow(start))
    co_return pass_over(attempt, resting(start));
  flight_ = TargetHealth::Flight(&health);
  auto verdict = co_await call_upstream(attempt, start);
  MonoTime end = attempt.clock.mono();
  upstream_time_ += std::chrono::duration_cast<std::chrono::microseconds>(end - arrival);
  bool answered = verdict && *verdict == Verdict::kAnswered && !asks_for_another(status_);
  bool good = answered || (status_ == 0 && is_models_fault(failure_));
  auto took = std::chrono::duration_cast<std::chrono::microseconds>(end - start);
  if (attempt.aborted() && !answered)
    health.outlasted(took, end);
  else
    health.learn(took, good ? CallOutcome::kGood : CallOutcome::kFailed, end);
  co_return verdict;
}

net::Task<Result<MeteredCall::Verdict>> MeteredCall::call_upstream(const Attempt& attempt, MonoTime start) {
  CircuitBreaker& breaker = *target_->provider->breaker;
  auto sent = co_await send(attempt, start);
  if (!sent && attempt.aborted()) co_return outrun(sent.error());
  if (!sent) {
    if (sent.error().code != ErrorCode::kUnavailable) breaker.fail(attempt.clock.mono());
    co_return pass_over(attempt, std::move(sent.error()));
  }
  if (asks_for_another(status_)) {
    MonoTime now = attempt.clock.mono();
    status_ >= 500 ? breaker.fail(now) : breaker.succeed(now);
    if (auto rest = rest_asked(response_->headers())) target_->health->rest(now + *rest);
    Error failure = upstream_status(status_);
    if (gets_another(attempt, failure)) {
      set_aside(attempt, std::move(failure));
      co_return Verdict::kTryNext;
    }
  }
  if (auto read = co_await read_answer(attempt); !read) {
    if (attempt.aborted()) {
      if (is_good(status_)) breaker.succeed(attempt.clock.mono());
      co_return outrun(read.error());
    }
    MonoTime end = attempt.clock.mono();
    if (is_models_fault(read.error()))
      breaker.succeed(end);
    else if (read.error().reason != "upstream.credential")
      breaker.fail(end);
    co_return pass_over(attempt, std::move(read.error()));
  }
  if (!asks_for_another(status_)) breaker.succeed(attempt.clock.mono());
  (is_good(status_) ? instruments_->answered : instruments_->failed).add();
  content_type_ = headers_.get("content-type");
  if (headers_.find("content-encoding")) ticket_.reset();
  if (!streams_) keep(body_);
  co_return Verdict::kAnswered;
}

net::Task<Status> MeteredCall::send(const Attempt& attempt, MonoTime start) {
  CO_TRY(net::ClientRequest request, request_for(attempt, start));
  const PlannedProvider& provider = *target_->provider;
  CO_TRY(response_, co_await attempt.loop.client.send(*provider.origin, request, provider.timeout));
  status_ = response_->status();
  co_return Status();
}

net::Task<Status> MeteredCall::read_answer(const Attempt& attempt) {
  if (refuses_key(target_->kind(), status_, {})) co_return credential_refused();
  copy_answer_headers(response_->headers(), headers_);
  if (translated() && headers_.find("content-encoding")) co_return translation::not_an_answer("compressed");
  bool stream = attempt.payload.facts(*target_).stream;
  if (!stream || !is_good(status_) || !is_stream(target_->kind(), response_->headers()))
    co_return co_await read_whole_answer();
  streams_ = true;
  scanner_.emplace(dialect_of(endpoint_),
                   attempt.payload.strips_usage() ? UsageChunk::kStrip : UsageChunk::kPass);
  if (translated()) {
    translator_.emplace(spoken_by(target_->kind()), spoken_at(endpoint_), translation_context());
    headers_.set("Content-Type", "text/event-stream; charset=utf-8");
  }
  CO_TRY(first_, co_await response_->read_some());
  co_return Status();
}

net::Task<Status> MeteredCall::read_whole_answer() {
  CO_TRY(body_, co_await response_->read_all(kLongestAnswer));
  response_.reset();
  if (refuses_key(target_->kind(), status_, body_)) co_return credential_refused();
  if (!is_good(status_) && key_ && shows_key(target_->kind(), *key_, body_)) {
    co_return fail(
        ErrorCode::kBadGateway, "upstream.credential",
        fmt::format("provider '{}' answered {} with the tenant's key in it; the answer is withheld",
                    target_->provider->name, status_));
  }
  if (translated()) CO_CHECK_OK(translate_body());
  if (translated() || !is_good(status_) || headers_.find("content-encoding")) {
    reported_ = parse_usage(last_usage_object(body_));
  } else if (auto usage = usage_of_answer(endpoint_, body_)) {
    reported_ = *usage;
  } else {
    co_return fail(ErrorCode::kBadGateway, "upstream.shape",
                   fmt::format("provider '{}' answered {} with what is no JSON object",
                               target_->provider->name, status_));
  }
  settle();
  co_return Status();
}

}  // namespace bailiwick::routing
