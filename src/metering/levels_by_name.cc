#include "metering/meter_state.h"

namespace bailiwick::metering {

std::shared_ptr<LevelMeter> LevelsByName::find(std::string_view name) const {
  if (!any_.load(std::memory_order_acquire)) return nullptr;
  ReadLock lock(mutex_);
  auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : found->second.meter;
}

LevelsByName::Entry& LevelsByName::entry(std::string_view name) {
  auto found = entries_.find(name);
  if (found != entries_.end()) return found->second;
  auto meter = std::make_shared<LevelMeter>(level_, chain_, name, journal_);
  // A window that was journalled brings a level back before its limits come, or without any: it needs days.
  BW_CHECK(meter->set_limits({}, MonoTime()).has_value());
  Entry& made = entries_.emplace(std::string(name), Entry{std::move(meter), {}}).first->second;
  any_.store(true, std::memory_order_release);
  return made;
}

Status LevelsByName::set_limits(std::string_view name, const Limits& limits, MonoTime now) {
  {
    ReadLock lock(mutex_);
    auto found = entries_.find(name);
    if (found == entries_.end() ? limits.unlimited() : found->second.limits == limits) return {};
  }
  WriteLock lock(mutex_);
  Entry& changed = entry(name);
  CHECK_OK(changed.meter->set_limits(limits, now));
  changed.limits = limits;
  return {};
}

Status LevelsByName::set_all_limits(const TenantMeter::LimitsByName& limits, MonoTime now) {
  std::vector<std::string> gone;
  {
    ReadLock lock(mutex_);
    for (const auto& [name, known] : entries_) {
      if (!limits.contains(name)) gone.push_back(name);
    }
  }
  for (const auto& [name, next] : limits) CHECK_OK(set_limits(name, next, now));
  for (const std::string& name : gone) CHECK_OK(set_limits(name, {}, now));
  return {};
}

std::pair<std::shared_ptr<LevelMeter>, std::string_view> LevelsByName::of_window(std::string_view window) {
  std::size_t slash = window.rfind('/');
  if (slash == std::string_view::npos) return {};
  std::string_view name = window.substr(0, slash);
  std::string prefix = LevelMeter::window_prefix(level_, "");
  prefix.pop_back();
  if (level_ == Level::kProgram) {
    if (!name.starts_with(prefix)) return {};
    name.remove_prefix(prefix.size());
  }
  WriteLock lock(mutex_);
  return {entry(name).meter, window.substr(slash + 1)};
}

std::vector<std::shared_ptr<LevelMeter>> LevelsByName::all() const {
  std::map<std::string_view, std::shared_ptr<LevelMeter>> sorted;
  ReadLock lock(mutex_);
  for (const auto& [name, known] : entries_) {
    if (!known.limits.unlimited()) sorted.emplace(name, known.meter);
  }
  std::vector<std::shared_ptr<LevelMeter>> meters;
  for (auto& [name, meter] : sorted) meters.push_back(std::move(meter));
  return meters;
}

Status LevelsByName::hand_back() {
  ReadLock lock(mutex_);
  for (auto& [name, known] : entries_) CHECK_OK(known.meter->hand_back());
  return {};
}

}  // namespace bailiwick::metering
