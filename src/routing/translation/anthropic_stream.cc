// Streams in Anthropic's dialect.
#include "base/json_members.h"
#include "routing/translation/sse_decoder.h"

namespace bailiwick::routing::translation {
namespace {

/// One answer: this dialect knows no other choices.
class AnthropicEncoder final : public StreamEncoder {
 public:
  explicit AnthropicEncoder(const AnswerContext& context) : context_(context) {}

  void begin(std::string_view id, std::string_view model) override {
    if (done_ || std::exchange(begun_, true)) return;
    // Something must be said of the input now. Others count at the end; until then an estimate stands, by
    // which a stream that is cut is settled.
    Usage so_far = completed(usage_.value_or(Usage()), context_, 0);
    so_far.output = 0;
    event("message_start", {{"message", json::object{{"id", json::string(anthropic_id(id, context_))},
                                                     {"type", "message"},
                                                     {"role", "assistant"},
                                                     {"model", json::string(model_name(model, context_))},
                                                     {"content", json::array{}},
                                                     {"stop_reason", nullptr},
                                                     {"stop_sequence", nullptr},
                                                     {"usage", write_anthropic_usage(so_far)}}}});
  }

  void text(std::size_t choice, std::string_view text) override {
    if (text.empty()) return;
    if (choice != 0) return hidden_bytes_ += text.size(), void();
    open(Block::kText, {{"type", "text"}, {"text", ""}});
    written_bytes_ += text.size();
    delta({{"type", "text_delta"}, {"text", json::string(text)}});
  }
  void thinking(std::string_view text) override {
    if (text.empty()) return;
    open(Block::kThinking, {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}});
    written_bytes_ += text.size();
    delta({{"type", "thinking_delta"}, {"thinking", json::string(text)}});
  }
  void signature(std::string_view signature) override {
    if (block_ == Block::kThinking && !signature.empty())
      delta({{"type", "signature_delta"}, {"signature", json::string(signature)}});
  }

  void call(std::size_t choice, std::string_view id, std::string_view name) override {
    if (choice != 0) return;
    close();
    open(Block::kCall, {{"type", "tool_use"},
                        {"id", json::string(portable_call_id(id))},
                        {"name", json::string(name)},
                        {"input", json::object{}}});
  }
  void arguments(std::size_t choice, std::string_view json) override {
    if (choice != 0 || block_ != Block::kCall || json.empty()) return;
    written_bytes_ += json.size();
    delta({{"type", "input_json_delta"}, {"partial_json", json::string(json)}});
  }

  void stop(std::size_t choice, StopReason reason, std::string_view sequence) override {
    if (choice != 0) return;
    reason_ = reason;
    if (reason == StopReason::kStopSequence) sequence_ = json::string(sequence);
  }

  void end() override {
    if (done_) return;
    begin({}, {});
    close();
    Usage usage = completed(usage_.value_or(Usage()), context_, written_bytes_ + hidden_bytes_);
    event("message_delta", {{"delta", json::object{{"stop_reason", json::string(anthropic_name(reason_))},
                                                   {"stop_sequence", sequence_}}},
                            {"usage", write_anthropic_usage(usage)}});
    event("message_stop", {});
    done_ = true;
  }

 private:
  enum class Block { kNone, kText, kThinking, kCall };

  void write_failure(const UpstreamError& error) override {
    std::string data = json::serialize(write_error(Dialect::kAnthropic, error, context_));
    out_.append("event: error\ndata: ").append(data).append("\n\n");
  }

  void event(std::string_view name, json::object members) {
    if (done_) return;
    json::object data{{"type", json::string(name)}};
    for (auto& [key, value] : members) data.emplace(key, std::move(value));
    out_.append("event: ").append(name).append("\ndata: ").append(json::serialize(data)).append("\n\n");
  }

  void open(Block block, json::object content) {
    if (block_ == block) return;
    begin({}, {});
    close();
    event("content_block_start", {{"index", index_}, {"content_block", std::move(content)}});
    block_ = block;
  }
  void close() {
    if (block_ == Block::kNone) return;
    event("content_block_stop", {{"index", index_++}});
    block_ = Block::kNone;
  }
  void delta(json::object delta) {
    event("content_block_delta", {{"index", index_}, {"delta", std::move(delta)}});
  }

  const AnswerContext& context_;
  bool begun_ = false;
  Block block_ = Block::kNone;
  std::int64_t index_ = 0;  ///< of the block that is open, or the next
  StopReason reason_ = StopReason::kEnd;
  json::value sequence_;
};

class AnthropicDecoder final : public SseDecoder {
  Status event(const json::object& event, StreamEncoder& to) override {
    std::string_view type = text_member(event, "type");
    if (type == "error") {
      to.fail(read_error(Dialect::kAnthropic, 0, event));
    } else if (type == "message_start") {
      const json::object* message = object_member(event, "message");
      if (message == nullptr) return not_an_answer("a beginning without a message");
      report(*message, to);
      to.begin(text_member(*message, "id"), text_member(*message, "model"));
    } else if (type == "content_block_start") {
      if (const json::object* block = object_member(event, "content_block")) return begin(*block, to);
    } else if (type == "content_block_delta") {
      if (const json::object* delta = object_member(event, "delta")) return this->delta(*delta, to);
    } else if (type == "content_block_stop") {
      // A call without arguments has an empty object of them elsewhere.
      if (std::exchange(empty_call_, false)) to.arguments(0, "{}");
    } else if (type == "message_delta") {
      report(event, to);
      if (const json::object* delta = object_member(event, "delta")) return stop(*delta, to);
    } else if (type == "message_stop") {
      if (!ends_.all()) return broken_off();
      to.end();
    }
    return {};
  }

  void report(const json::object& event, StreamEncoder& to) {
    const json::object* reported = object_member(event, "usage");
    if (reported == nullptr) return;
    merge_anthropic_usage(*reported, usage_);
    to.usage(usage_);
  }

  Status begin(const json::object& block, StreamEncoder& to) {
    std::string_view type = text_member(block, "type");
    if (type == "text") {
      to.text(0, text_member(block, "text"));
    } else if (type == "tool_use") {
      to.call(0, text_member(block, "id"), text_member(block, "name"));
      const json::object* input = object_member(block, "input");
      empty_call_ = input == nullptr || input->empty();
      if (!empty_call_) to.arguments(0, json::serialize(*input));
    } else if (type != "thinking" && type != "redacted_thinking") {
      return not_an_answer("an unknown kind of content");
    }
    return {};
  }

  Status delta(const json::object& delta, StreamEncoder& to) {
    std::string_view type = text_member(delta, "type");
    if (type == "text_delta") {
      to.text(0, text_member(delta, "text"));
    } else if (type == "input_json_delta") {
      std::string_view part = text_member(delta, "partial_json");
      if (!part.empty()) empty_call_ = false;
      to.arguments(0, part);
    } else if (type == "thinking_delta") {
      to.thinking(text_member(delta, "thinking"));
    } else if (type == "signature_delta") {
      to.signature(text_member(delta, "signature"));
    }
    return {};
  }

  Status stop(const json::object& delta, StreamEncoder& to) {
    std::string_view reason = text_member(delta, "stop_reason");
    if (reason.empty()) return {};
    auto stop = anthropic_stop(reason);
    if (!stop) return not_an_answer("an unknown stop_reason");
    to.stop(0, *stop, text_member(delta, "stop_sequence"));
    ends_.stop(0);
    return {};
  }

  Usage usage_;
  bool empty_call_ = false;
};

}  // namespace

std::unique_ptr<StreamEncoder> anthropic_encoder(const AnswerContext& context) {
  return std::make_unique<AnthropicEncoder>(context);
}

std::unique_ptr<StreamDecoder> anthropic_decoder() {
  return std::make_unique<AnthropicDecoder>();
}

}  // namespace bailiwick::routing::translation
