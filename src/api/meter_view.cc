#include "api/meter_view.h"

namespace bailiwick::api {

MeterView view_of(std::string_view tenant, const metering::MeterView& meter) {
  MeterView view{.tenant = std::string(tenant),
                 .requests = meter.requests_total,
                 .tokens = meter.tokens_total,
                 .concurrent = meter.concurrent,
                 .budgets = {}};
  for (const metering::WindowSpend& spend : meter.windows) {
    view.budgets.push_back({spend.window, spend.spent, spend.reserved, spend.limit});
  }
  return view;
}

}  // namespace bailiwick::api
