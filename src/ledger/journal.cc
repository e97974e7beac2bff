#include "ledger/journal.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/files.h"
#include "base/log.h"

namespace bailiwick::ledger {
namespace {

std::chrono::milliseconds age(const Clock& clock, MonoTime since) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock.mono() - since);
}

}  // namespace

Journal::Journal(const LedgerOptions& options, const Clock& clock, JournalStart start, ChainTable& chains)
    : options_(options),
      clock_(clock),
      chains_(chains),
      active_(std::move(start.tail)),
      last_segment_(start.last_segment) {
  for (auto& segment : start.unsealed) retired_.push_back(std::move(segment));
  if (active_) active_->will_be_appended_to();
  thread_ = std::thread([this] { run(); });
}

Journal::~Journal() {
  if (Status outcome = close(); !outcome)
    log_error("ledger.close_failed", {{"detail", outcome.error().detail}});
}

Result<Place> Journal::append(std::string_view frame) {
  MutexLock lock(mutex_);
  if (stage_ != Stage::kOpen)
    return fail(ErrorCode::kUnavailable, "ledger.closed", "The server is stopping.");
  if (failure_) return std::unexpected(*failure_);
  std::optional<std::uint32_t> offset = active_ ? active_->append(frame) : std::nullopt;
  if (!offset) {
    CHECK_OK(roll());
    offset = active_->append(frame);
    if (!offset) {
      return fail(ErrorCode::kTooLarge, "ledger.record_too_large",
                  fmt::format("{} bytes of ledger records do not fit a segment", frame.size()));
    }
  }
  if (!dirty_since_) {
    dirty_since_ = clock_.mono();
    wake_.notify_one();
  }
  return Place{active_->number(), *offset};
}

Status Journal::roll() {
  if (!spare_) {
    // The thread could not prepare one, for want of space or of time; space may be back by now.
    TRY(spare_, Segment::create(spare_path(), options_.segment_bytes));
  }
  spare_->set_number(last_segment_ + 1);
  CHECK_OK(spare_->move_to(segment_path(options_.folder, last_segment_ + 1)));
  if (active_) retired_.push_back(std::move(active_));
  active_ = std::move(spare_);
  ++last_segment_;
  return {};
}

Journal::Position Journal::written() const {
  return active_ ? Position{active_->number(), active_->end()} : Position{};
}

std::filesystem::path Journal::spare_path() {
  return options_.folder / fmt::format("spare-{}.seg", spares_made_.fetch_add(1));
}

Status Journal::wait_for_disk() {
  MutexLock lock(mutex_);
  const Position mine = written();
  ++waiters_;
  wake_.notify_one();
  while (on_disk_ < mine && !is_over()) synced_.wait(mutex_);
  --waiters_;
  return outcome_at(mine);
}

Status Journal::outcome_at(const Position& place) const {
  if (on_disk_ >= place) return {};
  return failure_ ? Status(std::unexpected(*failure_))
                  : fail(ErrorCode::kUnavailable, "ledger.closed", "The server is stopping.");
}

void Journal::when_on_disk(std::move_only_function<void(Status)> told) {
  Status outcome;
  {
    MutexLock lock(mutex_);
    const Position mine = written();
    if (on_disk_ < mine && !is_over()) {
      to_tell_.push_back({mine, std::move(told)});
      ++waiters_;
      wake_.notify_one();
      return;
    }
    outcome = outcome_at(mine);
  }
  told(std::move(outcome));
}

std::chrono::milliseconds Journal::sync_lag() const {
  MutexLock lock(mutex_);
  if (syncing_since_) return age(clock_, *syncing_since_);
  return dirty_since_ ? age(clock_, *dirty_since_) : std::chrono::milliseconds(0);
}

Status Journal::close() {
  {
    MutexLock lock(mutex_);
    if (stage_ == Stage::kOpen) stage_ = Stage::kClosing;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  MutexLock lock(mutex_);
  if (failure_) return std::unexpected(*failure_);
  return {};
}

void Journal::run() {
  for (;;) {
    Round round = next_round();
    Status outcome = sync(round);
    for (Told& told : finish(round, outcome)) told.whom(std::move(told.outcome));
    if (outcome && round.active) ready_next_pages(round);
    seal();
    if (round.spare == Round::Spare::kWanted) prepare_spare();
    if (round.kind == Round::Kind::kLast) return;
  }
}

Journal::Round Journal::next_round() {
  MutexLock lock(mutex_);
  while (!dirty_since_ && retired_.empty() && waiters_ == 0 && stage_ == Stage::kOpen) wake_.wait(mutex_);
  // Half the interval to gather, the other half to sync.
  if (waiters_ == 0 && stage_ == Stage::kOpen) wake_.wait_for(mutex_, options_.sync_interval / 2);
  Round round;
  round.retired = std::exchange(retired_, {});
  round.active = active_;
  round.end = written().offset;
  round.kind = stage_ == Stage::kOpen ? Round::Kind::kUsual : Round::Kind::kLast;
  bool half_full = active_ && active_->end() > active_->bytes().size() / 2;
  if (half_full && !spare_ && stage_ == Stage::kOpen) round.spare = Round::Spare::kWanted;
  syncing_since_ = std::exchange(dirty_since_, std::nullopt);
  return round;
}

Status Journal::sync(const Round& round) {
  for (const auto& segment : round.retired) {
    CHECK_OK(segment->sync());
    segment->set_synced(segment->end());
    to_seal_.push_back(segment);
  }
  if (!round.active) return {};
  CHECK_OK(round.active->sync());
  if (round.active->number() != folder_synced_for_) {
    CHECK_OK(sync_folder(options_.folder));
    folder_synced_for_ = round.active->number();
  }
  round.active->set_synced(round.end);
  if (round.kind == Round::Kind::kLast) CHECK_OK(round.active->sync());
  return {};
}

void Journal::ready_next_pages(const Round& round) {
  // A sync leaves the pages read-only, and each first write to one would fault while the lock is held. Ready
  // ahead is little more than what this round took: what is ready is written by the next sync, used or not.
  constexpr std::size_t kLeast = 16 << 10, kMost = 8 << 20;
  const bool same = round.active->number() == readied_.segment && round.end >= readied_.offset;
  const std::size_t took = round.end - (same ? readied_.offset : 0);
  round.active->make_writable(round.end, std::clamp(took + took / 4, kLeast, kMost));
  readied_ = {round.active->number(), round.end};
  // What is written is read again by few; let go of in large parts, for each costs a little.
  if (round.active->number() != released_.segment) released_ = {round.active->number(), 0};
  if (round.end - released_.offset < kMost) return;
  round.active->release(released_.offset, round.end);
  released_.offset = round.end;
}

std::vector<Journal::Told> Journal::finish(const Round& round, const Status& outcome) {
  MutexLock lock(mutex_);
  syncing_since_.reset();
  if (outcome) {
    if (round.active) on_disk_ = {round.active->number(), round.end};
  } else if (!failure_) {
    failure_ = Error(ErrorCode::kUnavailable, "ledger.unavailable",
                     "The ledger cannot write; restart the server.", outcome.error().detail);
    log_error("ledger.sync_failed", {{"detail", outcome.error().detail}});
  }
  if (round.kind == Round::Kind::kLast) {
    stage_ = Stage::kClosed;
    if (spare_) spare_->remove();
  }
  synced_.notify_all();
  std::vector<Told> told;
  auto waits_on = std::ranges::find_if(to_tell_, [&](const Waiter& waiter) BW_REQUIRES(mutex_) {
    return on_disk_ < waiter.until && !is_over();
  });
  for (auto waiter = to_tell_.begin(); waiter != waits_on; ++waiter)
    told.push_back({std::move(waiter->told), outcome_at(waiter->until)});
  to_tell_.erase(to_tell_.begin(), waits_on);
  waiters_ -= static_cast<int>(told.size());
  return told;
}

void Journal::prepare_spare() {
  auto segment = Segment::create(spare_path(), options_.segment_bytes);
  if (!segment) {
    log_warn("ledger.no_spare_segment", {{"detail", segment.error().detail}});
    return;
  }
  MutexLock lock(mutex_);
  spare_ = std::move(*segment);
}

void Journal::seal() {
  std::erase_if(to_seal_, [&](const std::shared_ptr<Segment>& segment) {
    Status written = write_index_of(*segment);
    if (written) return true;
    log_warn("ledger.seal_failed", {{"segment", segment->number()}, {"detail", written.error().message}});
    // Nothing is lost. What could not be written is tried again with the next round; a damaged segment is
    // left as it is, and the next start reads it and refuses.
    return written.error().reason == "ledger.damaged";
  });
}

Status Journal::write_index_of(const Segment& segment) {
  SegmentIndex index;
  index.segment = segment.number();
  index.end = segment.end();
  TRY(index.grants, segment.grants());
  index.chains = chains_.stretches_of(segment.number());
  CHECK_OK(write_index(options_.folder, index));
  chains_.release_tables(index);
  return {};
}

}  // namespace bailiwick::ledger
