#include "snapshot/platform_quotas.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "base/ascii.h"

namespace bailiwick::snapshot {
namespace {

/// One more reading of a description: where each quota stands in a value.
class QuotaLister {
 public:
  using Place =
      std::variant<std::optional<std::int64_t>*, std::optional<double>*, std::optional<PicoDollars>*>;
  template <class T>
  void field(std::string_view key, std::optional<T>& member, std::string_view /*doc*/, const Rule& = {}) {
    places.emplace_back(key, &member);
  }
  std::vector<std::pair<std::string_view, Place>> places;
};

/// Calls `visit(key, in_a, in_b)` for every quota, with the optionals of both.
template <class Visit>
void each_quota(Quotas& a, Quotas b, Visit visit) {
  QuotaLister in_a, in_b;
  describe(in_a, a);
  describe(in_b, b);
  for (std::size_t i = 0; i < in_a.places.size(); ++i) {
    auto both = [&](auto* one) {
      visit(in_a.places[i].first, *one, *std::get<decltype(one)>(in_b.places[i].second));
    };
    std::visit(both, in_a.places[i].second);
  }
}

std::string text_of(std::int64_t value) {
  return std::to_string(value);
}
std::string text_of(double value) {
  return fmt::format("{}", value);
}
std::string text_of(PicoDollars value) {
  return value.to_decimal();
}

}  // namespace

bool is_host(std::string_view text) {
  auto fits = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  };
  return !text.empty() && text.size() <= 260 && std::ranges::all_of(text, fits);
}

metering::SharedUpstreams::Rules PlatformQuotas::upstream_rules() const {
  metering::SharedUpstreams::Rules rules;
  for (const auto& [host, share] : upstreams) {
    metering::FairQueue::Options options{.slots = share.slots,
                                         .reserved = share.reserved.by_plan,
                                         .spare = share.spare.value_or(share.slots / 8),
                                         .longest_queue = static_cast<std::size_t>(share.longest_queue),
                                         .target = share.target,
                                         .longest = share.longest};
    rules.emplace(host, metering::SharedUpstreams::Rule{.shared = options, .dedicated = share.dedicated});
  }
  return rules;
}

std::vector<Excess> excesses(const Quotas& quotas, const Quotas& ceilings) {
  std::vector<Excess> found;
  Quotas checked = quotas;
  auto visit = [&](std::string_view key, const auto& value, const auto& ceiling) {
    if (!value || !ceiling || !(*value > *ceiling)) return;
    found.push_back(
        {std::string(key), fmt::format("is above the platform's ceiling of {}", text_of(*ceiling))});
  };
  each_quota(checked, ceilings, visit);
  return found;
}

std::string above_ceiling(const Quotas& quotas, const Quotas& ceilings, std::string_view whose) {
  std::vector<Excess> found = excesses(quotas, ceilings);
  return found.empty() ? "" : fmt::format("{}/{} {}", whose, found.front().key, found.front().message);
}

QuotaOrigins inherit(Quotas& own, Plan plan, const PlatformQuotas& platform) {
  QuotaOrigins origins;
  auto take_from = [&](const Quotas& layer, std::string_view origin) {
    auto visit = [&](std::string_view key, auto& value, const auto& offered) {
      if (value || !offered) return;
      value = offered;
      origins.emplace(key, origin);
    };
    each_quota(own, layer, visit);
  };
  take_from(platform.plans.of(plan), "plan");
  take_from(platform.defaults, "defaults");
  take_from(platform.ceilings, "ceilings");
  return origins;
}

}  // namespace bailiwick::snapshot
