// How a call comes to its answer: one target after the other, or two at once when the first is slow.
#include "net/pause.h"
#include "routing/race.h"
#include "routing/rounds.h"
#include "routing/router.h"

namespace bailiwick::routing {
namespace {

using Attempt = MeteredCall::Attempt;
using Verdict = MeteredCall::Verdict;

/// Who has scarce slots is not asked for a second one while others wait, and who is being tried again after
/// failures, or asked for time, is left to that.
bool may_race(const PlannedTarget& target, MonoTime now) {
  return !target.is_local() && target.provider->queue == nullptr && !target.provider->breaker->open() &&
         target.ready_at() <= now;
}

/// Empty: not enough calls are known.
std::optional<std::chrono::microseconds> slow_after(const snapshot::Hedge& hedge, const PlannedTarget& target,
                                                    MonoTime now) {
  if (hedge.after) return hedge.after;
  return target.health->p95(now);
}

}  // namespace

Attempt Router::attempt_at(const PlannedTarget& target, const Origin& origin, Payload& payload,
                           const CallRequest* request) const {
  const metering::TenantMeter& meter = *origin.snapshot->meter;
  const metering::Payer payer = payer_of(origin);
  const metering::Enforcement enforcement = meter.enforcement(payer);
  bool strict = enforcement == metering::Enforcement::kStrict && meter.has_budget(payer);
  return {.target = target,
          .payload = payload,
          .loop = origin.loop,
          .scope = origin.permitted.scope,
          .snapshot = *origin.snapshot,
          .local = origin.local,
          .clock = clock_,
          .instruments = instruments(target.kind()),
          .enforcement = enforcement,
          .budget = strict ? Attempt::Budget::kStrict : Attempt::Budget::kNone,
          .otherwise = Attempt::Otherwise::kNothing,
          .again = {},
          .deadline = {},
          .caller = request != nullptr ? request->caller : nullptr,
          .abort = nullptr};
}

net::Task<Result<Router::CallPtr>> Router::try_targets(const Origin& origin, const PlanPtr& plan,
                                                       Payload& payload, const CallRequest* request,
                                                       Candidates& candidates, const PlannedTarget& first,
                                                       CallPtr call) {
  const snapshot::Routing& routing = plan->config().routing;
  Rounds rounds(routing.retries, plan->memory().retries, clock_.mono());
  if (routing.hedge) plan->memory().hedges.earn(routing.hedge->share);
  bool hedges = routing.hedge.has_value();
  const PlannedTarget* target = &first;
  while (true) {
    const auto in_the_end = rounds.are_left() ? Attempt::Otherwise::kTryAgain : Attempt::Otherwise::kNothing;
    const PlannedTarget* after = next_usable(origin, payload, candidates);
    Attempt attempt = attempt_at(*target, origin, payload, request);
    attempt.otherwise = after != nullptr ? Attempt::Otherwise::kTryNext : in_the_end;
    attempt.again = candidates.targets();
    attempt.deadline = rounds.deadline();
    Raced tried;
    if (std::exchange(hedges, false) && after != nullptr && may_race(*target, clock_.mono()) &&
        may_race(*after, clock_.mono())) {
      const PlannedTarget* third = next_usable(origin, payload, candidates);
      if (third != nullptr) candidates.step_back();
      auto otherwise = third != nullptr ? Attempt::Otherwise::kTryNext : in_the_end;
      CO_TRY(tried, co_await race(origin, plan, call, attempt, *after, otherwise));
      if (tried.asked_second) after = next_usable(origin, payload, candidates);
    } else {
      CO_TRY(tried.verdict, co_await call->attempt(attempt));
    }
    if (tried.verdict == Verdict::kAnswered) co_return call;
    (after != nullptr ? attempt.instruments.fallbacks : attempt.instruments.retried).add();
    target = after;
    if (target != nullptr) continue;
    // What may have been used already is not asked for twice.
    if (tried.asked_second && call->may_be_used_) co_return std::unexpected(call->failure_);
    co_await net::pause(origin.loop, rounds.wait(candidates, clock_.mono()));
    if (attempt.caller_gone()) co_return std::unexpected(MeteredCall::caller_gone());
    candidates.rewind();
    target = next_usable(origin, payload, candidates);
    if (target == nullptr) co_return std::unexpected(call->failure_);  // the rules changed by the clock
  }
}

/// The second call of a race: a reservation, a record and a body of its own.
struct Router::SecondCall {
  SecondCall(const Origin& origin, const Payload& as)
      : record(origin.record),
        from{origin.permitted, origin.snapshot, origin.loop, record, Counting::kWithinRequest, origin.local},
        payload(as.clone()) {}
  ledger::Record record;
  Origin from;
  std::unique_ptr<Payload> payload;
  CallPtr call;
  std::optional<Attempt> attempt;
};

/// Null when money or the share of hedges does not allow it.
std::unique_ptr<Router::SecondCall> Router::ask_second(const Origin& origin, const PlanPtr& plan,
                                                       const MeteredCall& first, const Attempt& attempt,
                                                       const PlannedTarget& second, Race& race) {
  if (!may_race(second, clock_.mono())) return nullptr;
  auto asked = std::make_unique<SecondCall>(origin, attempt.payload);
  auto reserved = reserve(asked->from, plan, *asked->payload, second, Reserve::kWhole);
  if (!reserved || !plan->memory().hedges.spend()) return nullptr;
  MeteredCall& call = *(asked->call = std::move(*reserved));
  call.request_id_ = first.request_id_;
  call.ticket_ = first.ticket_;
  call.cache_outcome_ = first.cache_outcome_;
  Attempt& other = asked->attempt.emplace(attempt_at(second, asked->from, *asked->payload, nullptr));
  other.otherwise = attempt.otherwise;
  other.again = attempt.again;
  other.deadline = attempt.deadline;
  other.caller = attempt.caller;
  other.abort = race.second.abort;
  race.start(race.second, call.attempt(other));
  other.instruments.hedged.add();
  return asked;
}

net::Task<Result<Router::Raced>> Router::race(const Origin& origin, const PlanPtr& plan, CallPtr& call,
                                              Attempt attempt, const PlannedTarget& second,
                                              Attempt::Otherwise otherwise) {
  const MonoTime begun = clock_.mono();
  auto slow = slow_after(*plan->config().routing.hedge, attempt.target, begun);
  auto race = std::make_shared<Race>(origin.loop);
  std::unique_ptr<SecondCall> asked;
  attempt.abort = race->first.abort;
  race->start(race->first, call->attempt(attempt));
  if (slow) co_await race->wait(slow);
  if (slow && !race->first.ended) {
    // A lane that runs is waited for, whatever happens here.
    try {
      Attempt like = attempt;
      like.otherwise = otherwise;
      asked = ask_second(origin, plan, *call, like, second, *race);
    } catch (...) {
      Race::note_thrown(race->second, std::current_exception());
    }
  }
  if (!asked) {
    while (!race->first.ended) co_await race->wait();
    race->rethrow();
    CO_TRY(Verdict verdict, std::move(*race->first.ended));
    co_return Raced{verdict, false};
  }
  const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(clock_.mono() - begun);
  // A second target's refusal does not beat an answer that is on its way.
  auto decided = [&] {
    return race->first.answered() || (race->second.answered() && is_good(asked->call->status())) ||
           (race->first.ended && race->second.ended);
  };
  while (!decided()) co_await race->wait();
  const bool second_won = race->second.answered() && !race->first.answered();
  if (second_won) asked->call->admission_.take_request_of(call->admission_);
  co_await race->stop(second_won ? race->first : race->second);
  if (second_won) {
    std::swap(call, asked->call);
    call->report_to(origin.record);
    call->fallbacks_ += 1;
    call->upstream_time_ += waited;
  }
  settle_race(*race, *call, *asked->call);
  race->rethrow();
  if (race->first.answered() || race->second.answered()) co_return Raced{Verdict::kAnswered, true};
  CO_TRY(Verdict verdict, std::move(*race->second.ended));
  co_return Raced{verdict, true};
}

/// `other` is the call that did not answer, or the second when neither did.
void Router::settle_race(const Race& race, MeteredCall& call, MeteredCall& other) {
  const bool answered = race.first.answered() || race.second.answered();
  other.lose();
  call.bear(other);
  if (answered) return;
  call.fallbacks_ += other.fallbacks_;
  call.may_be_used_ = call.may_be_used_ || other.may_be_used_;
  call.failure_ = other.failure_;
  call.record_->provider = other.record_->provider;
  call.record_->model = other.record_->model;
}

}  // namespace bailiwick::routing
