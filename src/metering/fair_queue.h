// FairQueue: shares the slots of a scarce upstream between tenants, by weight.
//
// A slot is one call under way. While one is free, a call takes it and is gone; when none is, calls wait in
// their tenant's own bounded queue, and slots go round the tenants by deficit round robin. What is shared is
// time at the upstream rather than the number of calls: each tenant is charged what its calls turn out to
// take. Who holds fewer slots than its share is served first, so that a tenant within its share hardly waits
// for one that is far beyond its own. Calls that began together end together, so even the next slot may be
// long in coming: while somebody is about who does not wait, those beyond their share leave a few slots free.
// A queue that does not drain is cut short: past `longest` without a moment of rest, a call waits no more
// than `target` (controlled delay), for an answer that comes too late is work for nobody.
//
// Safe from any thread; one short lock.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"

namespace bailiwick::metering {

class FairQueue {
 public:
  static constexpr std::size_t kTiers = 4;

  struct Options {
    std::int64_t slots = 1;
    /// Of the slots, so many are kept free for calls of that tier.
    std::array<std::int64_t, kTiers> reserved{};
    std::int64_t spare = 0;  ///< slots that tenants beyond their share leave free for those within theirs
    std::size_t longest_queue = 64;           ///< of one tenant
    std::chrono::milliseconds target{1'000};  ///< what a call may wait while its tenant's queue never empties
    std::chrono::milliseconds longest{10'000};  ///< what it may wait at all
    bool operator==(const Options&) const = default;
  };

  /// Whose call it is. `flow` names the tenant; who waits or holds a slot keeps what it points to alive.
  struct Share {
    const void* flow = nullptr;
    std::size_t tier = 0;
    std::int64_t weight = 1;  ///< 1 and more
  };

  /// A call under way.
  struct Slot {
    Share share;
    MonoTime since;
    std::int64_t charged = 0;  ///< µs; 0 when nobody else wanted it
  };

  enum class Outcome { kWaiting, kGranted, kShed };

  /// A call that waits. `told` is called once, by whichever thread decides, without the lock; it may outlive
  /// the wait by a moment and must not call the queue.
  class Waiter {
   public:
    virtual ~Waiter() = default;
    virtual void told() = 0;

   private:
    friend class FairQueue;
    Slot slot_;  ///< while it waits, `since` is when it came
    Outcome outcome_ = Outcome::kWaiting;
  };
  using WaiterPtr = std::shared_ptr<Waiter>;

  explicit FairQueue(const Options& options) : options_(options) {}
  /// Holds from the next decision on; nobody is thrown out.
  void set(const Options& options, MonoTime now);

  /// Takes a slot if one is free and nobody waits.
  std::optional<Slot> try_enter(const Share& share, MonoTime now);
  /// Waits for one. False when the tenant's queue is full. It may be granted before this returns.
  bool enter(const WaiterPtr& waiter, const Share& share, MonoTime now);
  /// Ends the wait, however it stands: the slot if it was granted. Afterwards nothing is decided any more.
  std::optional<Slot> end_wait(const WaiterPtr& waiter);
  void leave(const Slot& slot, MonoTime now);

  /// When a call of this tenant that is refused now would find its turn, as the queue stands.
  std::chrono::milliseconds expected_wait(const Share& share) const;
  std::chrono::milliseconds longest_wait() const;
  /// Calls of this tenant that wait.
  std::int64_t waiting(const Share& share) const;

  struct View {
    std::int64_t slots = 0;
    std::int64_t in_use = 0;
    std::int64_t waiting = 0;
  };
  View view() const;

 private:
  struct Flow;
  using Line = std::list<Flow*>;
  struct Flow {
    Share share;
    std::deque<WaiterPtr> queue;
    std::int64_t in_use = 0;
    std::int64_t deficit = 0;            ///< µs of slot time that it may still use in this round
    std::int64_t mean = 0;               ///< µs that its calls hold a slot; 0 = not known
    MonoTime empty_at;                   ///< when nothing waited last
    std::optional<Line::iterator> idle;  ///< its place among those that neither wait nor hold a slot
  };
  using Told = std::vector<WaiterPtr>;

  Flow& flow_of(const Share& share, MonoTime now) BW_REQUIRES(mutex_);
  /// It is remembered for a while: who was here just now is likely to come again.
  void rest_if_idle(Flow& flow, MonoTime now) BW_REQUIRES(mutex_);
  void forget_long_idle(MonoTime now) BW_REQUIRES(mutex_);
  bool has_room_for(const Flow& flow) const BW_REQUIRES(mutex_);
  bool within_share(const Flow& flow) const BW_REQUIRES(mutex_);
  void take(Flow& flow) BW_REQUIRES(mutex_);
  /// Gives free slots to who waits.
  void dispatch(MonoTime now, Told& told) BW_REQUIRES(mutex_);
  bool serve_one(Line& line, MonoTime now, Told& told) BW_REQUIRES(mutex_);
  bool begin_round() BW_REQUIRES(mutex_);
  void grant(Flow& flow, MonoTime now, Told& told) BW_REQUIRES(mutex_);
  void shed_stale(Flow& flow, MonoTime now, Told& told) BW_REQUIRES(mutex_);
  std::int64_t mean_of(const Flow& flow) const BW_REQUIRES(mutex_) {
    return flow.mean > 0 ? flow.mean : mean_;
  }
  std::int64_t quantum_of(const Flow& flow) const BW_REQUIRES(mutex_) { return flow.share.weight * mean_; }
  static void tell(const Told& told);

  mutable Mutex mutex_;
  Options options_ BW_GUARDED_BY(mutex_);
  std::unordered_map<const void*, Flow> flows_
      BW_GUARDED_BY(mutex_);           ///< that wait, hold a slot, or did lately
  Line idle_ BW_GUARDED_BY(mutex_);    ///< those that did lately, longest ago first
  Line behind_ BW_GUARDED_BY(mutex_);  ///< flows that wait and hold less than their share
  Line round_ BW_GUARDED_BY(mutex_);   ///< the others that wait
  std::array<std::int64_t, kTiers> in_use_ BW_GUARDED_BY(mutex_){};
  std::int64_t waiting_ BW_GUARDED_BY(mutex_) = 0;
  std::int64_t weights_ BW_GUARDED_BY(mutex_) = 0;    ///< of all flows
  std::int64_t mean_ BW_GUARDED_BY(mutex_) = 50'000;  ///< µs that a call holds a slot, of all tenants
};

}  // namespace bailiwick::metering
