#include "metering/meter.h"

#include <algorithm>

#include <fmt/format.h>

#include "metering/meter_state.h"

namespace bailiwick::metering {

std::shared_ptr<LevelMeter> make_installation_meter(SliceJournal& journal) {
  return std::make_shared<LevelMeter>(Level::kInstallation, "_platform", "", journal);
}

TenantMeter::TenantMeter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TenantMeter::~TenantMeter() = default;

Result<std::shared_ptr<TenantMeter>> TenantMeter::create(std::string tenant, Limits limits,
                                                         SliceJournal& journal, const Clock& clock,
                                                         std::shared_ptr<LevelMeter> installation) {
  std::shared_ptr<TenantMeter> meter(
      new TenantMeter(std::make_unique<Impl>(std::move(tenant), journal, clock, std::move(installation))));
  CHECK_OK(meter->set_limits(std::move(limits)));
  return meter;
}

Status TenantMeter::set_limits(Limits limits) {
  return impl_->own->set_limits(limits, impl_->clock.mono());
}
Status TenantMeter::set_program_limits(const LimitsByName& programs) {
  return impl_->programs.set_all_limits(programs, impl_->clock.mono());
}
Status TenantMeter::set_token_limits(std::string_view token, const Limits& limits) {
  return impl_->tokens.set_limits(token, limits, impl_->clock.mono());
}

void TenantMeter::restore(std::string_view window, PicoDollars granted) {
  auto [level, rest] = impl_->of_window(window);
  level->restore(rest, granted);
}

std::pair<std::shared_ptr<LevelMeter>, std::string_view> TenantMeter::Impl::of_window(
    std::string_view window) {
  auto found = window.starts_with("program:") ? programs.of_window(window) : tokens.of_window(window);
  return found.first ? found : std::pair(own, window);
}

Result<WindowSpend> TenantMeter::limited(std::string_view program, Span span) const {
  std::shared_ptr<LevelMeter> level = program.empty() ? impl_->own : impl_->programs.find(program);
  if (level) {
    WindowSpend found = level->windows(impl_->now())[span == Span::kDay ? 0 : 1];
    found.window = LevelMeter::window_prefix(level->level(), program) + found.window;
    if (found.limit) return found;
  }
  return fail(ErrorCode::kConflict, "budget.unlimited",
              fmt::format("no budget of the {} limits the {}, so there is nothing to raise",
                          span == Span::kDay ? "day" : "month", program.empty() ? "tenant" : "program"));
}

void TenantMeter::raise(std::string_view window, PicoDollars by) {
  auto [level, rest] = impl_->of_window(window);
  level->raise(rest, by);
}

void TenantMeter::Impl::note_in(tenancy::Footprint& footprint) const {
  const char* begin = reinterpret_cast<const char*>(this);
  const char* end = reinterpret_cast<const char*>(&tokens) + LevelsByName::kUsualBytes;
  footprint.note(tenancy::Footprint::Part::kMeter, begin, static_cast<std::size_t>(end - begin));
  own->note_in(footprint);
}

std::vector<LevelView> TenantMeter::levels() const {
  Moment now = impl_->now();
  std::vector<LevelView> views{impl_->own->view(now)};
  for (const LevelsByName* below : {&impl_->programs, &impl_->tokens}) {
    for (const std::shared_ptr<LevelMeter>& level : below->all()) views.push_back(level->view(now));
  }
  return views;
}

Status TenantMeter::hand_back() {
  CHECK_OK(impl_->own->hand_back());
  CHECK_OK(impl_->programs.hand_back());
  return impl_->tokens.hand_back();
}

Moment TenantMeter::now() const {
  return impl_->now();
}

RateView TenantMeter::rates(const Payer& payer) const {
  return rates(payer, now());
}

RateView TenantMeter::rates(const Payer& payer, const Moment& now) const {
  RateView view;
  impl_->each_level(payer, [&](const auto& level) {
    // How busy the installation is, is not shown.
    if (level == impl_->installation) return true;
    view.requests = tighter(view.requests, level->requests(now.mono));
    view.tokens = tighter(view.tokens, level->tokens(now.mono));
    return true;
  });
  return view;
}

MeterView TenantMeter::view() const {
  Moment now = impl_->now();
  LevelMeter& own = *impl_->own;
  return {.requests = own.requests(now.mono),
          .tokens = own.tokens(now.mono),
          .concurrent = own.concurrent(),
          .windows = own.windows(now),
          .requests_total = impl_->requests_total.load(),
          .tokens_total = impl_->tokens_total.load(),
          .rolled_back_total = impl_->rolled_back.load()};
}

bool TenantMeter::has_budget(const Payer& payer) const {
  bool found = false;
  impl_->each_level(payer, [&](const auto& level) { return !(found = level->has_budget()); });
  return found;
}

Enforcement TenantMeter::enforcement(const Payer& payer) const {
  Enforcement found = impl_->own->enforcement();
  impl_->each_level(payer, [&](const auto& level) {
    if (level != impl_->own && level->has_budget()) found = Enforcement::kStrict;
    return true;
  });
  return found;
}

double TenantMeter::budget_used(const Payer& payer) const {
  Moment now = impl_->now();
  double used = 0;
  impl_->each_level(payer, [&](const auto& level) {
    if (level != impl_->installation && level->has_budget()) used = std::max(used, level->budget_used(now));
    return true;
  });
  return used;
}

std::optional<PicoDollars> TenantMeter::budget_left(const Payer& payer) const {
  return budget_left(payer, now());
}

std::optional<PicoDollars> TenantMeter::budget_left(const Payer& payer, const Moment& now) const {
  std::optional<PicoDollars> left;
  impl_->each_level(payer, [&](const auto& level) {
    if (level == impl_->installation || !level->has_budget()) return true;
    std::optional<PicoDollars> of_this = level->budget_left(now);
    if (of_this) left = left ? std::min(*left, *of_this) : *of_this;
    return true;
  });
  return left;
}

Habits& TenantMeter::habits() {
  return impl_->habits;
}

}  // namespace bailiwick::metering
