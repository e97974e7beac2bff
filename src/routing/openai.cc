// The OpenAI dialect: chat completions and embeddings.
#include "base/json.h"
#include "routing/adapter.h"
#include "routing/translation/request_codec.h"

namespace bailiwick::routing::detail {
namespace {

class OpenAiAdapter final : public ProviderAdapter {
 public:
  void forward(const net::Headers& from_caller, net::Headers& to_upstream) const override {
    for (const net::HeaderField& field : from_caller) {
      bool kept = net::equals_ignoring_case(field.name, "openai-beta") ||
                  net::equals_ignoring_case(field.name, "idempotency-key");
      if (kept) to_upstream.add(field);
    }
  }

  std::string_view output_bound_key(std::string_view model) const override {
    return translation::openai_output_bound_key(model);
  }

  Endpoint prompt_endpoint() const override { return Endpoint::kChatCompletions; }

  std::string prompt_body(const Prompt& prompt, const snapshot::RouteTarget& target) const override {
    json::array messages;
    if (!prompt.system.empty()) messages.push_back({{"role", "system"}, {"content", prompt.system}});
    messages.push_back({{"role", "user"}, {"content", prompt.user}});
    json::object body{{"model", target.model}, {"messages", std::move(messages)}};
    if (target.temperature) body["temperature"] = *target.temperature;
    if (prompt.max_tokens) body[output_bound_key(target.model)] = *prompt.max_tokens;
    return json::serialize(body);
  }

  Result<std::string> answer_text(std::string_view body) const override {
    TRY(json::value answer, parse_json(body));
    boost::json::error_code missing;
    const json::value* content = answer.find_pointer("/choices/0/message/content", missing);
    if (content == nullptr || !content->is_string()) {
      return fail(ErrorCode::kBadGateway, "upstream.shape",
                  "the model's provider sent an answer without text");
    }
    return std::string(content->get_string());
  }

  Result<std::vector<Message>> messages(std::string_view body) const override {
    TRY(json::object request, parse_json_object(body));
    return listed_messages(request);
  }

  std::string whole_reply(const LocalReply& reply) const override {
    json::object choice{{"index", 0},
                        {"message", {{"role", "assistant"}, {"content", reply.text}, {"refusal", nullptr}}},
                        {"logprobs", nullptr},
                        {"finish_reason", "stop"}};
    json::object body = envelope(reply, "chat.completion");
    body["choices"] = json::array{std::move(choice)};
    body["usage"] = usage(reply);
    return json::serialize(body);
  }

  std::string streamed_reply(const LocalReply& reply, UsageEvent with_usage) const override {
    std::string out;
    auto chunk = [&](json::object delta, const json::value& finish_reason) {
      json::object body = envelope(reply, "chat.completion.chunk");
      body["choices"] = json::array{json::object{{"index", 0},
                                                 {"delta", std::move(delta)},
                                                 {"logprobs", nullptr},
                                                 {"finish_reason", finish_reason}}};
      append_event(out, "", body);
    };
    chunk({{"role", "assistant"}, {"content", ""}}, nullptr);
    chunk({{"content", reply.text}}, nullptr);
    chunk({}, "stop");
    if (with_usage == UsageEvent::kInclude) {
      json::object body = envelope(reply, "chat.completion.chunk");
      body["choices"] = json::array{};
      body["usage"] = usage(reply);
      append_event(out, "", body);
    }
    return out += "data: [DONE]\n\n";
  }

 private:
  static json::object envelope(const LocalReply& reply, std::string_view object) {
    return {{"id", std::string("chatcmpl-").append(reply.id)},
            {"object", object},
            {"created", reply.created},
            {"model", reply.model},
            {"system_fingerprint", nullptr}};
  }
  static json::object usage(const LocalReply& reply) {
    return {{"prompt_tokens", reply.input_tokens},
            {"completion_tokens", reply.output_tokens},
            {"total_tokens", reply.input_tokens + reply.output_tokens}};
  }
};

const OpenAiAdapter kOpenAi;

}  // namespace

const ProviderAdapter& openai_adapter = kOpenAi;

}  // namespace bailiwick::routing::detail
