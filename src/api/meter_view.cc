#include "api/meter_view.h"

namespace bailiwick::api {

WindowView view_of(const metering::WindowSpend& spend) {
  return {.window = spend.window,
          .spent = spend.spent,
          .reserved = spend.reserved,
          .limit = spend.limit,
          .raised = spend.raised};
}

MeterView view_of(std::string_view tenant, const metering::MeterView& meter) {
  MeterView view{.tenant = std::string(tenant),
                 .requests = meter.requests_total,
                 .tokens = meter.tokens_total,
                 .concurrent = meter.concurrent,
                 .budgets = {}};
  for (const metering::WindowSpend& spend : meter.windows) {
    view.budgets.push_back(view_of(spend));
  }
  return view;
}

}  // namespace bailiwick::api
