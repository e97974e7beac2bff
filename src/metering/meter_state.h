// The inside of a TenantMeter: its own level, and those below it by name.
#pragma once

#include <atomic>
#include <unordered_map>

#include "base/mutex.h"
#include "metering/level_meter.h"
#include "metering/meter.h"

namespace bailiwick::metering {

/// Levels by name, made when they get limits. Few tenants have any, so asking costs one load where there is
/// none.
class LevelsByName {
 public:
  static constexpr std::size_t kUsualBytes = 1;  ///< from its begin on: what is read where there is none

  LevelsByName(Level level, std::string chain, SliceJournal& journal)
      : level_(level), chain_(std::move(chain)), journal_(journal) {}

  /// Null: there is none of that name.
  std::shared_ptr<LevelMeter> find(std::string_view name) const;
  Status set_limits(std::string_view name, const Limits& limits, MonoTime now);
  /// Those that are not named have no limits any more, and keep their counts.
  Status set_all_limits(const TenantMeter::LimitsByName& limits, MonoTime now);
  /// The level that a window such as `program:intake/day:…` is of, made when it is not there, and the rest of
  /// the name. Null: another kind of level's.
  std::pair<std::shared_ptr<LevelMeter>, std::string_view> of_window(std::string_view window);
  /// In order of name.
  std::vector<std::shared_ptr<LevelMeter>> all() const;
  Status hand_back();

 private:
  struct Entry {
    std::shared_ptr<LevelMeter> meter;
    Limits limits;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

  Entry& entry(std::string_view name) BW_REQUIRES(mutex_);

  std::atomic<bool> any_{false};
  const Level level_;
  const std::string chain_;
  SliceJournal& journal_;
  mutable SharedMutex mutex_;
  Entries entries_ BW_GUARDED_BY(mutex_);
};

struct TenantMeter::Impl {
  Impl(std::string name, SliceJournal& journal, const Clock& time, std::shared_ptr<LevelMeter> above)
      : clock(time),
        installation(std::move(above)),
        own(std::make_shared<LevelMeter>(Level::kTenant, name, "", journal)),
        programs(Level::kProgram, name, journal),
        tokens(Level::kToken, name, journal),
        tenant(std::move(name)) {}

  Moment now() const { return clock.now(); }
  /// The level whose window that is, and the rest of its name.
  std::pair<std::shared_ptr<LevelMeter>, std::string_view> of_window(std::string_view window);
  /// Calls `visit` with each level of `payer`, from the installation down, until it returns false.
  template <class Visit>
  void each_level(const Payer& payer, Visit visit) const;
  void note_in(tenancy::Footprint& footprint) const;

  const Clock& clock;
  const std::shared_ptr<LevelMeter> installation;
  const std::shared_ptr<LevelMeter> own;
  Habits habits;
  std::atomic<std::int64_t> requests_total{0};
  std::atomic<std::int64_t> tokens_total{0};
  std::atomic<std::int64_t> rolled_back{0};
  LevelsByName programs;
  LevelsByName tokens;
  const std::string tenant;
};

template <class Visit>
void TenantMeter::Impl::each_level(const Payer& payer, Visit visit) const {
  if (installation && !visit(installation)) return;
  if (!visit(own)) return;
  if (!payer.program.empty()) {
    if (auto program = programs.find(payer.program); program && !visit(program)) return;
  }
  if (!payer.token.empty()) {
    if (auto token = tokens.find(payer.token)) visit(token);
  }
}

}  // namespace bailiwick::metering
