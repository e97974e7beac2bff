#include "metering/fair_queue.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace bailiwick::metering {
namespace {

// At least; or as long as a few calls take.
constexpr std::chrono::seconds kRemembered{1};

std::int64_t microseconds(MonoTime::duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

/// Moves `mean` a `part`-th of the way.
void follow(std::int64_t& mean, std::int64_t seen, std::int64_t part) {
  mean = std::max<std::int64_t>(mean + (seen - mean) / part, 1);
}

}  // namespace

void FairQueue::set(const Options& options, MonoTime now) {
  Told told;
  {
    MutexLock lock(mutex_);
    options_ = options;
    dispatch(now, told);
  }
  tell(told);
}

FairQueue::Flow& FairQueue::flow_of(const Share& share, MonoTime now) {
  forget_long_idle(now);
  auto [found, fresh] = flows_.try_emplace(share.flow);
  Flow& flow = found->second;
  if (fresh) flow.empty_at = now;
  if (flow.idle) idle_.erase(*std::exchange(flow.idle, std::nullopt));
  weights_ += share.weight - (fresh ? 0 : flow.share.weight);
  flow.share = share;
  return flow;
}

void FairQueue::rest_if_idle(Flow& flow, MonoTime now) {
  if (!flow.queue.empty() || flow.in_use > 0 || flow.idle) return;
  flow.empty_at = now;
  flow.deficit = 0;
  flow.idle = idle_.insert(idle_.end(), &flow);
}

void FairQueue::forget_long_idle(MonoTime now) {
  auto remembered = std::max<MonoTime::duration>(kRemembered, std::chrono::microseconds(4 * mean_));
  while (!idle_.empty() && now - idle_.front()->empty_at > remembered) {
    const Flow& flow = *idle_.front();
    idle_.pop_front();
    weights_ -= flow.share.weight;
    flows_.erase(flow.share.flow);
  }
}

/// Slots that are kept for other tiers are not free for this one, nor are the spare ones for who is beyond
/// its share, unless everybody waits.
bool FairQueue::has_room_for(const Flow& flow) const {
  std::int64_t free = options_.slots - std::accumulate(in_use_.begin(), in_use_.end(), std::int64_t{0});
  for (std::size_t other = 0; other < kTiers; ++other) {
    if (other != flow.share.tier)
      free -= std::max<std::int64_t>(options_.reserved[other] - in_use_[other], 0);
  }
  bool all_wait = behind_.size() + round_.size() == flows_.size();
  return free > (within_share(flow) || all_wait ? 0 : options_.spare);
}

bool FairQueue::within_share(const Flow& flow) const {
  return flow.in_use * weights_ < options_.slots * flow.share.weight;
}

void FairQueue::take(Flow& flow) {
  ++flow.in_use;
  ++in_use_[flow.share.tier];
}

std::optional<FairQueue::Slot> FairQueue::try_enter(const Share& share, MonoTime now) {
  MutexLock lock(mutex_);
  if (waiting_ > 0) return std::nullopt;
  Flow& flow = flow_of(share, now);
  if (!has_room_for(flow)) {
    rest_if_idle(flow, now);
    return std::nullopt;
  }
  take(flow);
  return Slot{.share = share, .since = now};
}

bool FairQueue::enter(const WaiterPtr& waiter, const Share& share, MonoTime now) {
  Told told;
  {
    MutexLock lock(mutex_);
    Flow& flow = flow_of(share, now);
    if (!flow.queue.empty() && flow.queue.size() >= options_.longest_queue) return false;
    waiter->slot_ = {.share = share, .since = now};
    flow.queue.push_back(waiter);
    ++waiting_;
    if (flow.queue.size() == 1) {
      flow.empty_at = now;
      bool behind = within_share(flow);
      // What it did not use before is not saved up.
      if (flow.deficit >= 0) flow.deficit = quantum_of(flow);
      (behind ? behind_ : round_).push_back(&flow);
    }
    dispatch(now, told);
  }
  tell(told);
  return true;
}

std::optional<FairQueue::Slot> FairQueue::end_wait(const WaiterPtr& waiter) {
  MutexLock lock(mutex_);
  if (waiter->outcome_ == Outcome::kGranted) return waiter->slot_;
  if (waiter->outcome_ == Outcome::kShed) return std::nullopt;
  waiter->outcome_ = Outcome::kShed;
  Flow& flow = flows_.at(waiter->slot_.share.flow);
  std::erase(flow.queue, waiter);
  --waiting_;
  if (flow.queue.empty()) {
    behind_.remove(&flow);
    round_.remove(&flow);
    rest_if_idle(flow, waiter->slot_.since);
  }
  return std::nullopt;
}

void FairQueue::leave(const Slot& slot, MonoTime now) {
  Told told;
  {
    MutexLock lock(mutex_);
    Flow& flow = flows_.at(slot.share.flow);
    std::int64_t took = microseconds(now - slot.since);
    if (slot.charged > 0) flow.deficit -= took - slot.charged;
    if (flow.mean == 0) flow.mean = std::max<std::int64_t>(took, 1);
    follow(flow.mean, took, 8);
    follow(mean_, took, 32);
    --flow.in_use;
    --in_use_[slot.share.tier];
    dispatch(now, told);
    rest_if_idle(flow, now);
  }
  tell(told);
}

void FairQueue::dispatch(MonoTime now, Told& told) {
  forget_long_idle(now);
  while (std::accumulate(in_use_.begin(), in_use_.end(), std::int64_t{0}) < options_.slots && waiting_ > 0 &&
         (serve_one(behind_, now, told) || serve_one(round_, now, told) || begin_round())) {
  }
}

/// The first in line that has room and something left of its round.
bool FairQueue::serve_one(Line& line, MonoTime now, Told& told) {
  for (auto place = line.begin(); place != line.end();) {
    Flow& flow = **place;
    shed_stale(flow, now, told);
    if (flow.queue.empty()) {
      place = line.erase(place);
      rest_if_idle(flow, now);
      continue;
    }
    if (flow.deficit <= 0 || !has_room_for(flow)) {
      ++place;
      continue;
    }
    grant(flow, now, told);
    if (flow.queue.empty())
      line.erase(place);
    else if (flow.deficit <= 0 || (&line == &behind_ && !within_share(flow)))
      round_.splice(round_.end(), line, place);
    return true;
  }
  return false;
}

/// Everybody who could be served has used up its round: gives all of them as many rounds as the first of them
/// needs. False when there is nobody.
bool FairQueue::begin_round() {
  std::int64_t rounds = 0;
  for (const Line* line : {&behind_, &round_}) {
    for (const Flow* flow : *line) {
      if (!has_room_for(*flow)) continue;
      std::int64_t needed = -flow->deficit / quantum_of(*flow) + 1;
      rounds = rounds == 0 ? needed : std::min(rounds, needed);
    }
  }
  for (const Line* line : {&behind_, &round_}) {
    for (Flow* flow : *line) {
      if (has_room_for(*flow)) flow->deficit += rounds * quantum_of(*flow);
    }
  }
  return rounds > 0;
}

void FairQueue::grant(Flow& flow, MonoTime now, Told& told) {
  WaiterPtr waiter = std::move(flow.queue.front());
  flow.queue.pop_front();
  --waiting_;
  if (flow.queue.empty()) flow.empty_at = now;
  take(flow);
  std::int64_t charge = mean_of(flow);
  flow.deficit -= charge;
  waiter->slot_ = {.share = flow.share, .since = now, .charged = charge};
  waiter->outcome_ = Outcome::kGranted;
  told.push_back(std::move(waiter));
}

void FairQueue::shed_stale(Flow& flow, MonoTime now, Told& told) {
  bool standing = now - flow.empty_at > options_.longest;
  auto allowed = standing ? options_.target : options_.longest;
  while (!flow.queue.empty() && now - flow.queue.front()->slot_.since > allowed) {
    flow.queue.front()->outcome_ = Outcome::kShed;
    told.push_back(std::move(flow.queue.front()));
    flow.queue.pop_front();
    --waiting_;
  }
  if (flow.queue.empty()) flow.empty_at = now;
}

void FairQueue::tell(const Told& told) {
  for (const WaiterPtr& waiter : told) waiter->told();
}

std::chrono::milliseconds FairQueue::expected_wait(const Share& share) const {
  MutexLock lock(mutex_);
  auto found = flows_.find(share.flow);
  std::int64_t ahead = found == flows_.end() ? 0 : static_cast<std::int64_t>(found->second.queue.size());
  std::int64_t mean = found == flows_.end() ? mean_ : mean_of(found->second);
  std::int64_t weights = weights_ + (found == flows_.end() ? share.weight : 0);
  double slots = static_cast<double>(options_.slots * share.weight) / static_cast<double>(weights);
  double wait = static_cast<double>((ahead + 1) * mean) / std::max(slots, 1e-3);
  return std::chrono::milliseconds(static_cast<std::int64_t>(wait / 1000) + 1);
}

std::int64_t FairQueue::waiting(const Share& share) const {
  MutexLock lock(mutex_);
  auto found = flows_.find(share.flow);
  return found == flows_.end() ? 0 : static_cast<std::int64_t>(found->second.queue.size());
}

std::chrono::milliseconds FairQueue::longest_wait() const {
  MutexLock lock(mutex_);
  return options_.longest;
}

FairQueue::View FairQueue::view() const {
  MutexLock lock(mutex_);
  return {.slots = options_.slots,
          .in_use = std::accumulate(in_use_.begin(), in_use_.end(), std::int64_t{0}),
          .waiting = waiting_};
}

}  // namespace bailiwick::metering
