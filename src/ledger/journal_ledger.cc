#include <algorithm>
#include <map>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/files.h"
#include "base/log.h"
#include "ledger/chain_reader.h"
#include "ledger/journal.h"
#include "ledger/replay.h"

namespace bailiwick::ledger {
namespace {

/// Windows of a budget are days and months: a grant older than two months is of no window that still counts.
constexpr std::chrono::days kGrantMemory{62};

/// Keeps a second process out of the folder.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::filesystem::path& folder) {
    int fd = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0) return FolderLock(fd);
    if (fd >= 0) ::close(fd);
    return fail(ErrorCode::kUnavailable, "ledger.in_use",
                fmt::format("{}: the ledger is in use by another process; stop it first", folder.string()));
  }
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

/// The last grant of each window of each tenant.
class Grants {
 public:
  void note(Grant grant) {
    MutexLock lock(mutex_);
    last_[{std::move(grant.tenant), std::move(grant.window)}] = {grant.granted, grant.time};
  }
  /// Forgets windows that can no longer count. A clock that is ahead must not have today forgotten: age is
  /// measured against the last grant when that is older than `now`.
  void forget_old(WallTime now) {
    MutexLock lock(mutex_);
    WallTime newest = WallTime::min();
    for (const auto& [key, grant] : last_) newest = std::max(newest, grant.second);
    const WallTime end = std::min(now, newest);
    std::erase_if(last_, [&](const auto& grant) { return grant.second.second < end - kGrantMemory; });
  }
  std::vector<Grant> all() const {
    MutexLock lock(mutex_);
    std::vector<Grant> grants;
    grants.reserve(last_.size());
    for (const auto& [key, value] : last_)
      grants.push_back({key.first, key.second, value.first, value.second});
    return grants;
  }

 private:
  using Key = std::pair<std::string, std::string>;
  mutable Mutex mutex_;
  std::map<Key, std::pair<PicoDollars, WallTime>> last_ BW_GUARDED_BY(mutex_);
};

class JournalLedger final : public Ledger {
 public:
  JournalLedger(const LedgerOptions& options, const Clock& clock, FolderLock lock)
      : options_(options), clock_(clock), lock_(std::move(lock)) {}

  Status start() {
    TRY(Replayed replayed, replay(options_.folder, chains_));
    for (Grant& grant : replayed.grants) grants_.note(std::move(grant));
    grants_.forget_old(clock_.wall());
    chains_.each([&](Chain& chain) {
      MutexLock chain_lock(chain.mutex);
      if (chain.name != kPlatformChain) grown_chains().note(chain, chain.head.sequence);
    });
    journal_ = std::make_unique<Journal>(options_, clock_, std::move(replayed.start), chains_);
    return {};
  }

  Status append_budget(std::string_view tenant, std::string_view window, PicoDollars granted) override {
    Record record;
    record.kind = RecordKind::kBudget;
    record.time = clock_.wall();
    record.extra = {{"granted_usd", granted.to_decimal()}, {"window", window}};
    CHECK_OK(write(tenant, {&record, 1}, Durability::kProcess, nullptr));
    grants_.note({std::string(tenant), std::string(window), granted, record.time});
    return {};
  }

  Status append_budget_alert(std::string_view tenant, std::string_view window, int percent, PicoDollars spent,
                             PicoDollars limit) override {
    Record record;
    record.kind = RecordKind::kBudget;
    record.time = clock_.wall();
    record.reason = fmt::format("budget.alert_{}", percent);
    record.extra = {{"limit_usd", limit.to_decimal()},
                    {"percent", percent},
                    {"spent_usd", spent.to_decimal()},
                    {"window", window}};
    return write(tenant, {&record, 1}, Durability::kProcess, nullptr);
  }

  Status each_budget(const std::function<void(std::string_view tenant, std::string_view window,
                                              PicoDollars granted)>& visit) const override {
    for (const Grant& grant : grants_.all()) visit(grant.tenant, grant.window, grant.granted);
    return {};
  }

  void when_on_disk(std::move_only_function<void(Status)> told) override {
    journal_->when_on_disk(std::move(told));
  }
  std::chrono::milliseconds sync_lag() const override { return journal_->sync_lag(); }
  Status close() override { return journal_->close(); }

 protected:
  Status write(std::string_view chain_name, std::span<const Record> records, Durability durability,
               tenancy::Footprint* footprint) override {
    BW_CHECK(!chain_name.empty() && chain_name.size() < 256);
    if (records.empty()) return {};
    std::vector<Record> dated;
    if (std::ranges::any_of(records, [](const Record& record) { return record.time == WallTime(); })) {
      dated = with_time(records);
      records = dated;
    }
    CHECK_OK(append_to(chains_.get(chain_name, footprint), records, footprint));
    return durability == Durability::kDisk ? journal_->wait_for_disk() : Status();
  }

  std::unique_ptr<ChainReader> open_reader(std::string_view chain) const override {
    return std::make_unique<JournalReader>(options_.folder, chains_, chain);
  }

 private:
  std::vector<Record> with_time(std::span<const Record> records) const {
    std::vector<Record> dated(records.begin(), records.end());
    const WallTime now = clock_.wall();
    for (Record& record : dated) {
      if (record.time == WallTime()) record.time = now;
    }
    return dated;
  }

  Status append_to(Chain& chain, std::span<const Record> records, tenancy::Footprint* footprint) {
    thread_local std::string frame;
    MutexLock lock(chain.mutex);
    const ChainPoint before = chain.head;
    ChainPoint end = before;
    CHECK_OK(encode_frame(frame, chain.name, records, end));
    TRY(Place place, journal_->append(frame));
    chain.add(place.segment, place.offset, end, records.back().time);
    if (chain.name != kPlatformChain) {
      chain.tally_up(before, records, tally_space_);
      grown_chains().note(chain, records.size());
    }
    if (footprint != nullptr) chain.note_in(*footprint);
    return {};
  }

  const LedgerOptions options_;
  const Clock& clock_;
  FolderLock lock_;
  TallySpace tally_space_;
  ChainTable chains_;
  Grants grants_;
  std::unique_ptr<Journal> journal_;  // last: its thread uses the chains
};

}  // namespace

Result<std::unique_ptr<Ledger>> open_ledger(const LedgerOptions& options, const Clock& clock) {
  BW_CHECK(options.segment_bytes >= 4096 && options.segment_bytes <= (1u << 30));
  CHECK_OK(make_private_folder(options.folder));
  TRY(FolderLock lock, FolderLock::take(options.folder));
  auto ledger = std::make_unique<JournalLedger>(options, clock, std::move(lock));
  CHECK_OK(ledger->start());
  return ledger;
}

}  // namespace bailiwick::ledger
