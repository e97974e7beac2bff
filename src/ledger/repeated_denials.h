// RepeatedDenials: keeps refusals from filling the disk, and their number provable to the unit.
//
// The first denial of a chain opens a window of one second. Within it the first few denials of each kind,
// that is of one principal, action, reason and policy revision, are written as they are. The others are
// counted, and when the window has ended one record for each kind says how many they were:
//
//   {"decision": "deny", "principal": …, "action": …, "reason": …, "policy_revision": …,
//    "extra": {"repeated": 117, "first_time": "2026-…", "last_time": "2026-…"}}
//
// So in every chain: records written in full + the sum of `repeated` = denials. A window is closed by the
// chain's next denial or by sweep(). The death of the process loses at most the counts of one window a chain;
// what was written in full stands.
//
// Memory is bounded: kinds beyond the limits are counted together in one more kind of their chain, whose
// summary has the reason `denials.collapsed` and neither principal nor action. A chain without an open window
// takes none.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <unordered_map>

#include "base/mutex.h"
#include "ledger/record.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::ledger {

struct DenialLimits {
  std::chrono::milliseconds window{1'000};
  std::uint64_t in_full = 8;         ///< of one kind in one window
  std::size_t kinds_per_chain = 64;  ///< so that one tenant's variety leaves room for the others'
  std::size_t kinds = 4'096;         ///< of all chains together
};

/// Safe from any thread.
class RepeatedDenials {
 public:
  /// Puts a record into the chain of `tenant`; null = the platform's.
  using Write = std::function<Status(const tenancy::TenantId* tenant, const Record& record)>;
  enum class Outcome { kInFull, kCounted };

  /// `clock` outlives it. `write` runs under a lock and may not call back.
  RepeatedDenials(const Clock& clock, Write write, DenialLimits limits = {})
      : clock_(clock), write_(std::move(write)), limits_(limits) {}

  /// Writes or counts one denial. Errors: those of `write`; this denial is then neither written nor counted,
  /// and what was counted before stays counted.
  Result<Outcome> add(const tenancy::TenantId* tenant, const Record& denial);
  /// Writes the summaries of the windows that have ended. Errors: the last one of `write`; what could not be
  /// written is kept for the next time.
  Status sweep();
  /// The same of every window, ended or not: before the ledger closes.
  Status flush();
  /// Denials that were counted and not written in full, ever.
  std::uint64_t counted() const { return counted_.load(std::memory_order_relaxed); }

 private:
  /// The denials of one kind in one window.
  struct Tally {
    std::string principal, action, reason, policy_revision;
    std::uint64_t in_full = 0;
    std::uint64_t repeated = 0;
    WallTime first_time{}, last_time{};  // of the repeated ones

    bool is_of(const Record& denial) const;
    void count(WallTime time);
    Record summary(WallTime now) const;
  };
  /// What one chain was denied since `opened`.
  struct Window {
    std::optional<tenancy::TenantId> tenant;
    MonoTime opened{};
    std::vector<Tally> kinds;
    Tally others;  // of the kinds that found no room
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
  };
  struct alignas(64) Shard {
    Mutex mutex;
    std::unordered_map<std::string, Window, Hash, std::equal_to<>> windows BW_GUARDED_BY(mutex);
  };
  enum class Which { kEnded, kAll };

  bool has_ended(const Window& window) const { return clock_.mono() - window.opened >= limits_.window; }
  Result<Window*> open_window(Shard& shard, const tenancy::TenantId* tenant) BW_REQUIRES(shard.mutex);
  Tally& tally_of(Window& window, const Record& denial);
  bool take_room(const Window& window);
  Status close(Window& window);
  Status write_summary(const Window& window, Tally& tally);
  Status close_windows(Which which);

  const Clock& clock_;
  const Write write_;
  const DenialLimits limits_;
  std::array<Shard, 16> shards_;  // by chain
  std::atomic<std::size_t> kinds_ = 0;
  std::atomic<std::uint64_t> counted_ = 0;
};

}  // namespace bailiwick::ledger
