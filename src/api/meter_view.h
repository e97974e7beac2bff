// What the meter of a tenant counts now, as the API shows it.
#pragma once

#include "base/printing.h"
#include "metering/meter.h"

namespace bailiwick::api {

struct WindowView {
  std::string window;
  PicoDollars spent;
  PicoDollars reserved;
  std::optional<PicoDollars> limit;
  PicoDollars raised;
};
template <class Visitor>
void describe(Visitor& v, WindowView& view) {
  v.required("window", view.window, "day:… or month:…, in the tenant's time zone.");
  v.required("spent_usd", view.spent, "Settled.");
  v.required("reserved_usd", view.reserved, "In flight.");
  v.required("limit_usd", view.limit, "Null = none.");
  v.required("raised_usd", view.raised, "On top of the limit, in this window alone.");
}

struct MeterView {
  std::string tenant;
  std::int64_t requests = 0;
  std::int64_t tokens = 0;
  std::int64_t concurrent = 0;
  std::vector<WindowView> budgets;
};
template <class Visitor>
void describe(Visitor& v, MeterView& view) {
  v.required("tenant", view.tenant, "Whose.");
  v.required("requests", view.requests, "Admitted since the server started.");
  v.required("tokens", view.tokens, "Used since the server started.");
  v.required("concurrent", view.concurrent, "In flight now.");
  v.required("budgets", view.budgets, "The current windows.");
}
WindowView view_of(const metering::WindowSpend& spend);
MeterView view_of(std::string_view tenant, const metering::MeterView& meter);

}  // namespace bailiwick::api
