// What a meter shows of itself at one moment.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/money.h"

namespace bailiwick::metering {

/// A budget window: `day:2026-11-25` or `month:2026-11`, in the tenant's time zone.
struct WindowSpend {
  std::string window;
  PicoDollars granted;   ///< journalled: counts as spent after a crash
  PicoDollars spent;     ///< settled
  PicoDollars reserved;  ///< in flight
  std::optional<PicoDollars> limit;
  PicoDollars raised;  ///< on top of the limit, in this window alone
};

struct RateState {
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  std::chrono::milliseconds reset{0};
  std::chrono::seconds period{0};
};

/// The one with the smaller share left; nothing is not tight at all.
inline const std::optional<RateState>& tighter(const std::optional<RateState>& a,
                                               const std::optional<RateState>& b) {
  if (!a || !b) return a ? a : b;
  auto left = [](const RateState& rate) {
    return rate.limit > 0 ? static_cast<double>(rate.remaining) / static_cast<double>(rate.limit) : 0.0;
  };
  return left(*b) < left(*a) ? b : a;
}

/// The rates alone, for the headers of every answer: of each, the one with the least left.
struct RateView {
  std::optional<RateState> requests;
  std::optional<RateState> tokens;
};

enum class Level { kInstallation, kTenant, kProgram, kToken };
constexpr std::array<std::pair<std::string_view, Level>, 4> enum_table(Level) {
  return {{{"installation", Level::kInstallation},
           {"tenant", Level::kTenant},
           {"program", Level::kProgram},
           {"token", Level::kToken}}};
}

/// One level below the installation.
struct LevelView {
  Level level = Level::kTenant;
  std::string name;  ///< of the program, or `token:tok_…`; empty for the tenant
  std::optional<RateState> requests;
  std::optional<RateState> tokens;
  std::int64_t concurrent = 0;
  std::vector<WindowSpend> windows;  ///< day, month
};

/// For the usage report.
struct MeterView {
  std::optional<RateState> requests;
  std::optional<RateState> tokens;
  std::int64_t concurrent = 0;
  std::vector<WindowSpend> windows;  ///< day, month
  std::int64_t requests_total = 0;
  std::int64_t tokens_total = 0;
  /// Admissions that one counter had let in and another refused. Until what they took is put back, others may
  /// be refused without need.
  std::int64_t rolled_back_total = 0;
};

}  // namespace bailiwick::metering
