// Ledger: the journal of everything that happened, hash-chained per tenant.
//
// append() returns once the record would survive the death of the process (it is in the page cache); segments
// are fsynced within 20 ms, or before append_durable() returns. Full disk: kUnavailable `ledger.full`, and
// the edge then answers 503 rather than doing unrecorded work. Safe from any thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include "ledger/grown_chains.h"
#include "ledger/record.h"
#include "ledger/usage_tally.h"
#include "tenancy/permit.h"

namespace bailiwick::ledger {

struct LedgerOptions {
  std::filesystem::path folder;
  std::size_t segment_bytes = 64 << 20;
  std::chrono::milliseconds sync_interval{20};
};

/// The end of one chain.
struct Head {
  std::uint64_t sequence = 0;
  std::string hash;
};

/// Reads one tenant's chain. From a permit, so it can see no other.
class ChainReader {
 public:
  virtual ~ChainReader() = default;
  virtual Head head() const = 0;
  /// Entries from sequence `from` on, in order, until `visit` returns false. Blocking.
  virtual Status each(std::uint64_t from, const std::function<bool(const Entry&)>& visit) const = 0;

  /// What the latest records used, added up as they were written: those behind the sequence that is returned.
  /// Nothing: of none.
  virtual std::optional<std::uint64_t> tallied_from() const { return std::nullopt; }
  /// Hands that over, when it is of the records behind `from`. It is gone then, and is begun anew with the
  /// next record; also when it reaches back to before `from`, for somebody has read a part of it.
  virtual std::optional<UsageTally> take_tally(std::uint64_t from) const {
    (void)from;
    return std::nullopt;
  }
};

class Ledger {
 public:
  virtual ~Ledger() = default;

  /// For work that was allowed. The records land together, in order.
  template <tenancy::Action A>
  Status append(const tenancy::Permit<A>& permit, std::span<const Record> records) {
    if constexpr (tenancy::reach_of(A) == tenancy::Reach::kPlatform)
      return write(kPlatformChain, records, Durability::kProcess, nullptr);
    else
      return write(permit.scope().tenant().view(), records, Durability::kProcess, permit.scope().footprint());
  }
  /// The same, on disk before it returns: control-plane changes.
  template <tenancy::Action A>
  Status append_durable(const tenancy::Permit<A>& permit, std::span<const Record> records) {
    if constexpr (tenancy::reach_of(A) == tenancy::Reach::kPlatform)
      return write(kPlatformChain, records, Durability::kDisk, nullptr);
    else
      return write(permit.scope().tenant().view(), records, Durability::kDisk, permit.scope().footprint());
  }
  /// A denial has no permit; the gatekeeper alone may write one.
  Status append_denial(tenancy::Badge<identity::Gatekeeper>, const tenancy::TenantId* tenant,
                       const Record& record) {
    return write(tenant != nullptr ? tenant->view() : kPlatformChain, {&record, 1}, Durability::kProcess,
                 nullptr);
  }
  /// Budget slices: journalled by the meter's adapter before money is used.
  virtual Status append_budget(std::string_view tenant, std::string_view window, PicoDollars granted) = 0;
  /// A budget's spend has reached so many percent of its limit.
  virtual Status append_budget_alert(std::string_view tenant, std::string_view window, int percent,
                                     PicoDollars spent, PicoDollars limit) = 0;
  /// The last grant of every (tenant, window), as the journal knows it. For restoring meters at start.
  virtual Status each_budget(const std::function<void(std::string_view tenant, std::string_view window,
                                                      PicoDollars granted)>& visit) const = 0;

  std::unique_ptr<ChainReader> reader(const tenancy::Permit<tenancy::Action::kLedgerRead>& permit) const {
    return open_reader(permit.scope().tenant().view());
  }

  /// The same for who explains decisions.
  std::unique_ptr<ChainReader> explaining_reader(
      const tenancy::Permit<tenancy::Action::kLedgerExplain>& permit) const {
    return open_reader(permit.scope().tenant().view());
  }

  /// Calls `told` once, when all that was appended before is on disk, or cannot be brought there:
  /// kUnavailable `ledger.unavailable`, `ledger.closed`. On another thread, or here when it is so already; it
  /// must not block.
  virtual void when_on_disk(std::move_only_function<void(Status)> told) = 0;
  /// Bytes not yet synced and the age of the oldest, for readiness and metrics.
  virtual std::chrono::milliseconds sync_lag() const = 0;
  /// Syncs and stops. Further appends are refused.
  virtual Status close() = 0;

  /// The tenants' chains that somebody has to look at again.
  GrownChains& grown_chains() { return grown_chains_; }

  static constexpr std::string_view kPlatformChain = "_platform";

 protected:
  enum class Durability { kProcess, kDisk };
  /// `footprint`: the tenant's, or null.
  virtual Status write(std::string_view chain, std::span<const Record> records, Durability durability,
                       tenancy::Footprint* footprint) = 0;
  virtual std::unique_ptr<ChainReader> open_reader(std::string_view chain) const = 0;

 private:
  GrownChains grown_chains_;
};

/// Opens the journal in `options.folder`, replaying its tail. A torn last record is cut off and logged;
/// damage before the tail is kInternal `ledger.damaged` naming the segment and offset. `clock` outlives the
/// ledger.
Result<std::unique_ptr<Ledger>> open_ledger(const LedgerOptions& options, const Clock& clock);

}  // namespace bailiwick::ledger
