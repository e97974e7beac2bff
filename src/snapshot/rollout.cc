#include "snapshot/rollout.h"

#include <fmt/format.h>

#include "crypto/hash.h"

namespace bailiwick::snapshot {
namespace {

/// With it a stage has failed by any threshold, and memory is not spent on more.
constexpr std::size_t kMostCounted = kMostRolloutFailures + 1;

void count_once(std::set<std::string>& seen, std::string key) {
  if (seen.size() < kMostCounted) seen.insert(std::move(key));
}

}  // namespace

Rollout::Rollout(policy::RulesPtr before, const policy::RulesPtr& after, std::string baseline,
                 RolloutPolicy policy, RolloutState state)
    : before_(std::move(before)),
      baseline_(std::move(baseline)),
      salt_(
          crypto::to_hex(crypto::sha256(fmt::format("{}\n{}", before_->text(), after ? after->text() : "")))),
      policy_(std::move(policy)),
      state_(std::move(state)) {
  BW_CHECK(before_ != nullptr);
}

std::int64_t Rollout::percent() const {
  if (state_.status == RolloutStatus::kUndone) return 0;
  auto last = static_cast<std::int64_t>(policy_.stages.size()) - 1;
  return policy_.stages[static_cast<std::size_t>(std::clamp<std::int64_t>(state_.stage, 0, last))];
}

bool Rollout::reaches(std::string_view subject) const {
  crypto::Digest hash = crypto::sha256(fmt::format("{}\n{}", salt_, subject));
  std::int64_t point = (hash[0] << 8 | hash[1]) % 100;
  return point < percent();
}

void Rollout::note(std::string_view subject, tenancy::Action action, policy::RuleChange change) const {
  samples_.fetch_add(1, std::memory_order_relaxed);
  if (change == policy::RuleChange::kNone) return;
  MutexLock lock(mutex_);
  if (change == policy::RuleChange::kLooser)
    count_once(looser_, fmt::format("{}\n{}", subject, tenancy::name_of(action)));
  else
    count_once(faulty_, std::string(subject));
}

RolloutCounts Rollout::counts() const {
  MutexLock lock(mutex_);
  return {.samples = samples_.load(std::memory_order_relaxed),
          .looser = static_cast<std::int64_t>(looser_.size()),
          .faulty = static_cast<std::int64_t>(faulty_.size())};
}

void Rollout::count_on_from(const Rollout& other) {
  MutexLock theirs(other.mutex_);
  MutexLock ours(mutex_);
  samples_ = other.samples_.load();
  looser_ = other.looser_;
  faulty_ = other.faulty_;
}

Rollout::Verdict Rollout::verdict(WallTime now) const {
  if (state_.status == RolloutStatus::kUndone) return Verdict::kStay;
  RolloutCounts seen = counts();
  bool surprising = policy_.max_flips && state_.approved_by.empty() && seen.looser > *policy_.max_flips;
  if (surprising || seen.faulty > policy_.max_errors)
    return policy_.automatic_rollback ? Verdict::kUndo : Verdict::kStay;
  bool long_enough = now - state_.stage_since >= policy_.min_stage_time;
  return long_enough && seen.samples >= policy_.min_samples ? Verdict::kAdvance : Verdict::kStay;
}

}  // namespace bailiwick::snapshot
