// Journal: the segment that is written now, the thread that brings it to the disk, and the sealing of full
// ones.
//
// An append copies a frame into the mapped segment under one short lock. The thread syncs what is dirty
// before the interval ends, or at once when somebody waits; it also prepares the next segment and seals full
// ones with an index. A failed sync is final: the kernel may have dropped the pages, so nothing more is
// accepted.
#pragma once

#include <condition_variable>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "ledger/chain_table.h"
#include "ledger/ledger.h"

namespace bailiwick::ledger {

/// Where a frame stands.
struct Place {
  std::uint64_t segment = 0;
  std::uint32_t offset = 0;
};

/// What a start finds on disk: see replay.h.
struct JournalStart {
  std::uint64_t last_segment = 0;                  ///< highest number in use; 0 = none
  std::unique_ptr<Segment> tail;                   ///< goes on being written; null = begin a new one
  std::vector<std::unique_ptr<Segment>> unsealed;  ///< complete, still without an index
};

class Journal {
 public:
  /// `clock` and `chains`, which knows where the frames stand, outlive it.
  Journal(const LedgerOptions& options, const Clock& clock, JournalStart start, ChainTable& chains);
  ~Journal();

  /// Errors: kUnavailable `ledger.full`, `ledger.closed`, `ledger.unavailable`.
  Result<Place> append(std::string_view frame);
  /// Returns when all that was appended before the call is on disk.
  Status wait_for_disk();
  /// The same without waiting: `told` is called once, on the journal's thread, or here when it is so already.
  /// It must not block.
  void when_on_disk(std::move_only_function<void(Status)> told);
  /// Age of the oldest frame that is not on disk; 0 = all are.
  std::chrono::milliseconds sync_lag() const;
  /// Syncs and stops. Idempotent.
  Status close();

 private:
  /// A segment and how much of it was written: frames before `offset` of it, and all of earlier segments.
  struct Position {
    std::uint64_t segment = 0;
    std::size_t offset = 0;
    friend auto operator<=>(const Position&, const Position&) = default;
  };
  /// Somebody who waits for what was written up to a place.
  struct Waiter {
    Position until;
    std::move_only_function<void(Status)> told;
  };
  struct Told {
    std::move_only_function<void(Status)> whom;
    Status outcome;
  };
  /// What one sync covers.
  struct Round {
    std::vector<std::shared_ptr<Segment>> retired;
    std::shared_ptr<Segment> active;
    std::size_t end = 0;
    enum class Kind { kUsual, kLast } kind = Kind::kUsual;
    enum class Spare { kThere, kWanted } spare = Spare::kThere;
  };

  Status roll() BW_REQUIRES(mutex_);
  Position written() const BW_REQUIRES(mutex_);
  std::filesystem::path spare_path();
  void run();
  Round next_round();
  Status sync(const Round& round);
  void ready_next_pages(const Round& round);
  /// Returns whom to tell that they need not wait any longer.
  std::vector<Told> finish(const Round& round, const Status& outcome);
  Status outcome_at(const Position& place) const BW_REQUIRES(mutex_);
  bool is_over() const BW_REQUIRES(mutex_) { return failure_ || stage_ == Stage::kClosed; }
  void prepare_spare();
  void seal();
  Status write_index_of(const Segment& segment);

  const LedgerOptions options_;
  const Clock& clock_;
  ChainTable& chains_;

  mutable Mutex mutex_;
  std::condition_variable_any wake_;    // the thread: something is dirty, somebody waits, or it is over
  std::condition_variable_any synced_;  // waiters: a round ended
  std::shared_ptr<Segment> active_ BW_GUARDED_BY(mutex_);
  std::unique_ptr<Segment> spare_ BW_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Segment>> retired_ BW_GUARDED_BY(mutex_);  // full, not yet synced to their end
  std::uint64_t last_segment_ BW_GUARDED_BY(mutex_);
  Position on_disk_ BW_GUARDED_BY(mutex_);
  std::optional<Error> failure_ BW_GUARDED_BY(mutex_);
  std::optional<MonoTime> dirty_since_ BW_GUARDED_BY(mutex_);    // oldest frame that no round covers yet
  std::optional<MonoTime> syncing_since_ BW_GUARDED_BY(mutex_);  // oldest frame of the round that runs
  std::vector<Waiter> to_tell_ BW_GUARDED_BY(mutex_);            // in order
  int waiters_ BW_GUARDED_BY(mutex_) = 0;                        // those in to_tell_ among them
  enum class Stage { kOpen, kClosing, kClosed } stage_ BW_GUARDED_BY(mutex_) = Stage::kOpen;

  std::atomic<std::uint64_t> spares_made_ = 0;
  // Of the thread alone:
  std::vector<std::shared_ptr<Segment>> to_seal_;
  std::uint64_t folder_synced_for_ = 0;
  Position readied_;
  Position released_;

  std::thread thread_;  // last: it uses everything above
};

}  // namespace bailiwick::ledger
