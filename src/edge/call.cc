#include "edge/call.h"

namespace bailiwick::edge {

std::string_view CallBase::parameter(std::string_view name) const {
  auto found = path.find(name);
  BW_CHECK(found != path.end());
  return found->second;
}

std::string_view CallBase::query(std::string_view name) const {
  const std::string* value = exchange.head().query_value(name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

void CallBase::finish_record(int status) {
  using std::chrono::duration_cast, std::chrono::microseconds;
  record.time = clock.wall();
  record.status = status;
  record.latency_us = duration_cast<microseconds>(clock.mono() - exchange.received_at()).count();
  for (ledger::Record& step : lineage) step.time = record.time;
}

bool CallBase::is_bare_denial() const {
  bool used = record.input_tokens >= 0 || record.output_tokens >= 0 || record.cost != PicoDollars();
  return record.decision == "deny" && !used && lineage.empty();
}

Reply Reply::json(int status, const json::value& body) {
  Reply reply;
  reply.response.status = status;
  reply.response.headers.add("Content-Type", "application/json");
  reply.response.body = json::serialize(body);
  return reply;
}

}  // namespace bailiwick::edge
