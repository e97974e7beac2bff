// Any bytes as the body of a model request: read or refused, and every splice of a good one leaves good JSON.
#include "base/json.h"
#include "routing/payload.h"

using namespace bailiwick;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto body = routing::RequestBody::parse(bytes);
  if (!body) return 0;
  snapshot::Provider provider;
  provider.base_url = "http://127.0.0.1";
  routing::PlannedProvider planned("one", provider, nullptr);
  snapshot::RouteTarget declared;
  declared.provider = "one";
  declared.model = "replaced";
  routing::PlannedTarget target{.declared = &declared, .provider = &planned, .price = nullptr};
  net::Headers headers;
  routing::CallerPayload payload(routing::Endpoint::kChatCompletions, *body, headers);
  auto again = routing::RequestBody::parse(payload.body_for(target, 7).value());
  BW_CHECK(again.has_value());
  BW_CHECK(again->model == "replaced");
  BW_CHECK(!body->stream || again->reports_usage);
  return 0;
}
