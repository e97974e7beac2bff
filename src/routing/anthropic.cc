// The Anthropic dialect: messages.
#include "base/json.h"
#include "routing/adapter.h"

namespace bailiwick::routing::detail {
namespace {

constexpr std::string_view kVersion = "2023-06-01";
constexpr std::int64_t kDefaultMaxTokens = 1024;

class AnthropicAdapter final : public ProviderAdapter {
 public:
  void forward(const net::Headers& from_caller, net::Headers& to_upstream) const override {
    bool versioned = false;
    for (const net::HeaderField& field : from_caller) {
      if (!name_starts_with(field.name, "anthropic-") &&
          !net::equals_ignoring_case(field.name, "idempotency-key"))
        continue;
      versioned = versioned || net::equals_ignoring_case(field.name, "anthropic-version");
      to_upstream.add(field);
    }
    if (!versioned) to_upstream.add("anthropic-version", kVersion);
  }

  std::string_view output_bound_key(std::string_view) const override { return "max_tokens"; }
  Endpoint prompt_endpoint() const override { return Endpoint::kMessages; }

  std::string prompt_body(const Prompt& prompt, const snapshot::RouteTarget& target) const override {
    json::object body{{"model", target.model},
                      {"max_tokens", prompt.max_tokens.value_or(kDefaultMaxTokens)},
                      {"messages", json::array{json::object{{"role", "user"}, {"content", prompt.user}}}}};
    if (!prompt.system.empty()) body["system"] = prompt.system;
    if (target.temperature) body["temperature"] = *target.temperature;
    return json::serialize(body);
  }

  Result<std::string> answer_text(std::string_view body) const override {
    TRY(json::object answer, parse_json_object(body));
    const json::value* content = answer.if_contains("content");
    if (content == nullptr || !content->is_array()) {
      return fail(ErrorCode::kBadGateway, "upstream.shape",
                  "the model's provider sent an answer without text");
    }
    return content_text(content);
  }

  Result<std::vector<Message>> messages(std::string_view body) const override {
    TRY(json::object request, parse_json_object(body));
    TRY(std::vector<Message> out, listed_messages(request));
    if (const json::value* system = request.if_contains("system")) {
      out.insert(out.begin(), {"system", content_text(system)});
    }
    return out;
  }

  std::string whole_reply(const LocalReply& reply) const override {
    json::object body = envelope(reply);
    body["content"] = json::array{json::object{{"type", "text"}, {"text", reply.text}}};
    body["stop_reason"] = "end_turn";
    body["usage"] = usage(reply, reply.output_tokens);
    return json::serialize(body);
  }

  std::string streamed_reply(const LocalReply& reply, UsageEvent) const override {
    std::string out;
    json::object message = envelope(reply);
    message["content"] = json::array{};
    message["stop_reason"] = nullptr;
    message["usage"] = usage(reply, 0);
    append_event(out, "message_start",
                 json::object{{"type", "message_start"}, {"message", std::move(message)}});
    append_event(out, "content_block_start",
                 json::object{{"type", "content_block_start"},
                              {"index", 0},
                              {"content_block", json::object{{"type", "text"}, {"text", ""}}}});
    append_event(out, "content_block_delta",
                 json::object{{"type", "content_block_delta"},
                              {"index", 0},
                              {"delta", json::object{{"type", "text_delta"}, {"text", reply.text}}}});
    append_event(out, "content_block_stop", json::object{{"type", "content_block_stop"}, {"index", 0}});
    append_event(
        out, "message_delta",
        json::object{{"type", "message_delta"},
                     {"delta", json::object{{"stop_reason", "end_turn"}, {"stop_sequence", nullptr}}},
                     {"usage", json::object{{"output_tokens", reply.output_tokens}}}});
    append_event(out, "message_stop", json::object{{"type", "message_stop"}});
    return out;
  }

 private:
  static json::object envelope(const LocalReply& reply) {
    return {{"id", std::string("msg_").append(reply.id)},
            {"type", "message"},
            {"role", "assistant"},
            {"model", reply.model},
            {"stop_sequence", nullptr}};
  }
  static json::object usage(const LocalReply& reply, std::int64_t output) {
    return {{"input_tokens", reply.input_tokens},
            {"cache_creation_input_tokens", 0},
            {"cache_read_input_tokens", 0},
            {"output_tokens", output}};
  }
};

const AnthropicAdapter kAnthropic;

}  // namespace

const ProviderAdapter& anthropic_adapter = kAnthropic;

}  // namespace bailiwick::routing::detail
