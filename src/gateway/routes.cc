#include "gateway/routes.h"

#include "gateway/models.h"
#include "gateway/proxy.h"
#include "routing/request_body.h"

namespace bailiwick::gateway {
namespace {

using edge::Call;
using edge::Dialect;
using edge::RawBody;
using edge::Reply;
using routing::Endpoint;
using tenancy::Action;

// Room for images and documents in a conversation.
constexpr std::size_t kBodyLimit = 32 << 20;

json::object object_schema(std::initializer_list<std::string_view> required, json::object properties) {
  json::array names;
  for (std::string_view name : required) names.emplace_back(json::string(name));
  return {{"type", "object"}, {"required", std::move(names)}, {"properties", std::move(properties)}};
}

json::object typed(std::string_view type, std::string_view description) {
  return {{"type", json::string(type)}, {"description", json::string(description)}};
}

json::object chat_schema() {
  return object_schema({"model", "messages"},
                       {{"model", typed("string", "A model of the tenant's routes, or auto.")},
                        {"messages", typed("array", "The conversation, oldest first.")},
                        {"stream", typed("boolean", "Answer with server-sent events.")},
                        {"max_tokens", typed("integer", "The most to write.")}});
}
json::object chat_answer_schema() {
  return object_schema({"id", "object", "choices"}, {{"id", typed("string", "Of this answer.")},
                                                     {"object", typed("string", "chat.completion")},
                                                     {"choices", typed("array", "The answers.")},
                                                     {"usage", typed("object", "Tokens used.")}});
}
json::object embeddings_schema() {
  return object_schema({"model", "input"},
                       {{"model", typed("string", "A model of the tenant's routes, or auto.")},
                        {"input", json::object{{"description", "A text or a list of texts."}}}});
}
json::object embeddings_answer_schema() {
  return object_schema({"object", "data"}, {{"object", typed("string", "list")},
                                            {"data", typed("array", "One embedding for each input.")},
                                            {"usage", typed("object", "Tokens used.")}});
}
json::object messages_schema() {
  return object_schema({"model", "messages"},
                       {{"model", typed("string", "A model of the tenant's routes, or auto.")},
                        {"messages", typed("array", "The conversation, oldest first.")},
                        {"max_tokens", typed("integer", "The most to write.")},
                        {"stream", typed("boolean", "Answer with server-sent events.")}});
}
json::object messages_answer_schema() {
  return object_schema({"id", "type", "content"}, {{"id", typed("string", "Of this answer.")},
                                                   {"type", typed("string", "message")},
                                                   {"content", typed("array", "What was written.")},
                                                   {"usage", typed("object", "Tokens used.")}});
}
json::object count_answer_schema() {
  return object_schema({"input_tokens"}, {{"input_tokens", typed("integer", "Tokens of the request.")}});
}

/// Our own estimate, for tenants without an upstream that counts.
Result<Reply> estimate_tokens(Call<Action::kModelsChat>& call, RawBody body) {
  TRY(call.admission, call.snapshot->meter->admit({}, call.payer));
  TRY(routing::RequestBody request, routing::RequestBody::parse(body.bytes));
  return Reply::json(200, json::object{{"input_tokens", request.input_tokens}});
}

net::Task<Result<Reply>> count_tokens(routing::Router& router, Call<Action::kModelsChat>& call,
                                      RawBody body) {
  auto counted = co_await proxy(router, Endpoint::kCountTokens, call, body);
  if (!counted && counted.error().reason == "no_route") co_return estimate_tokens(call, body);
  co_return counted;
}

template <Action A>
edge::Route model_route(routing::Router& router, Endpoint endpoint, std::string_view path,
                        edge::RouteDoc doc) {
  doc.tag = "models";
  doc.dialect = answer_dialect(endpoint);
  doc.admission = edge::AdmissionBy::kUseCase;
  doc.body_limit = kBodyLimit;
  return edge::route<A, RawBody>(
      "POST", std::string(path), std::move(doc),
      [&router, endpoint](Call<A>& call, RawBody body) { return proxy<A>(router, endpoint, call, body); });
}

}  // namespace

std::vector<edge::Route> gateway_routes(routing::Router& router) {
  std::vector<edge::Route> routes;
  routes.push_back(model_route<Action::kModelsChat>(router, Endpoint::kChatCompletions,
                                                    "/v1/chat/completions",
                                                    {.summary = "OpenAI chat completions",
                                                     .stream_media_type = "text/event-stream",
                                                     .body = chat_schema,
                                                     .answer = chat_answer_schema}));
  routes.push_back(model_route<Action::kModelsEmbed>(
      router, Endpoint::kEmbeddings, "/v1/embeddings",
      {.summary = "OpenAI embeddings", .body = embeddings_schema, .answer = embeddings_answer_schema}));
  routes.push_back(models_route(router));
  routes.push_back(model_route<Action::kModelsChat>(router, Endpoint::kMessages, "/v1/messages",
                                                    {.summary = "Anthropic messages",
                                                     .stream_media_type = "text/event-stream",
                                                     .body = messages_schema,
                                                     .answer = messages_answer_schema}));
  routes.push_back(edge::route<Action::kModelsChat, RawBody>(
      "POST", "/v1/messages/count_tokens",
      {.summary = "Anthropic token counting; an estimate when no Anthropic upstream is routed",
       .tag = "models",
       .dialect = Dialect::kAnthropic,
       .admission = edge::AdmissionBy::kUseCase,
       .body_limit = kBodyLimit,
       .body = messages_schema,
       .answer = count_answer_schema},
      [&router](Call<Action::kModelsChat>& call, RawBody body) { return count_tokens(router, call, body); }));
  return routes;
}

}  // namespace bailiwick::gateway
