// Streams in OpenAI's dialect.
#include "base/json_members.h"
#include "routing/translation/sse_decoder.h"

namespace bailiwick::routing::translation {
namespace {

class OpenAiEncoder final : public StreamEncoder {
 public:
  explicit OpenAiEncoder(const AnswerContext& context) : context_(context) {}

  void begin(std::string_view id, std::string_view model) override {
    if (done_ || !head_.empty()) return;
    head_ = json::serialize(json::object{{"id", json::string(openai_id(id, context_))},
                                         {"object", "chat.completion.chunk"},
                                         {"created", context_.created},
                                         {"model", json::string(model_name(model, context_))}});
    head_.back() = ',';
    choice(0);
  }

  void text(std::size_t index, std::string_view text) override {
    if (text.empty()) return;
    written_bytes_ += text.size();
    delta(index, {{"content", json::string(text)}});
  }
  // The dialect has no place for what a model thinks.
  void thinking(std::string_view text) override { hidden_bytes_ += text.size(); }
  void signature(std::string_view) override {}

  void call(std::size_t index, std::string_view id, std::string_view name) override {
    std::size_t number = choice(index).calls++;
    delta(index,
          {{"tool_calls", json::array{json::object{{"index", number},
                                                   {"id", json::string(portable_call_id(id))},
                                                   {"type", "function"},
                                                   {"function", json::object{{"name", json::string(name)},
                                                                             {"arguments", ""}}}}}}});
  }

  void arguments(std::size_t index, std::string_view json) override {
    std::size_t number = choice(index).calls;
    if (number == 0 || json.empty()) return;
    written_bytes_ += json.size();
    delta(index, {{"tool_calls", json::array{json::object{
                                     {"index", number - 1},
                                     {"function", json::object{{"arguments", json::string(json)}}}}}}});
  }

  void stop(std::size_t index, StopReason reason, std::string_view) override {
    choice(index);
    chunk(index, json::object{}, json::string(openai_name(reason)));
  }

  void end() override {
    begin({}, {});
    if (std::exchange(done_, true)) return;
    if (usage_) {
      json::object usage = write_openai_usage(completed(*usage_, context_, written_bytes_ + hidden_bytes_));
      event(head_ + "\"choices\":[],\"usage\":" + json::serialize(usage) + "}");
    }
    event("[DONE]");
  }

 private:
  void write_failure(const UpstreamError& error) override {
    event(json::serialize(write_error(Dialect::kOpenAi, error, context_)));
  }

  struct Progress {
    bool begun = false;
    std::size_t calls = 0;
  };

  void event(std::string_view data) { out_.append("data: ").append(data).append("\n\n"); }

  void delta(std::size_t index, json::object delta) {
    choice(index);
    chunk(index, std::move(delta), nullptr);
  }

  void chunk(std::size_t index, json::object delta, json::value finish_reason) {
    begin({}, {});
    if (done_) return;
    json::object choice{{"index", index},
                        {"delta", std::move(delta)},
                        {"logprobs", nullptr},
                        {"finish_reason", std::move(finish_reason)}};
    event(head_ + "\"choices\":[" + json::serialize(choice) + "]}");
  }

  /// The role goes first, for each choice.
  Progress& choice(std::size_t index) {
    if (choices_.size() <= index) choices_.resize(index + 1);
    if (!std::exchange(choices_[index].begun, true))
      chunk(index, json::object{{"role", "assistant"}, {"content", ""}}, nullptr);
    return choices_[index];
  }

  const AnswerContext& context_;
  std::string head_;  ///< of every chunk, up to its choices
  std::vector<Progress> choices_;
};

class OpenAiDecoder final : public SseDecoder {
  bool word(std::string_view data, StreamEncoder& to) override {
    if (data != "[DONE]") return false;
    if (ends_.all()) to.end();
    return ends_.all();
  }

  Status event(const json::object& event, StreamEncoder& to) override {
    if (event.contains("error")) return to.fail(read_error(Dialect::kOpenAi, 0, event)), Status();
    if (const json::object* usage = object_member(event, "usage")) to.usage(read_openai_usage(*usage));
    const json::value* choices = event.if_contains("choices");
    if (choices == nullptr || !choices->is_array()) return {};
    for (const json::value& item : choices->get_array()) {
      if (!item.is_object()) return not_an_answer("a choice that is no object");
      to.begin(text_member(event, "id"), text_member(event, "model"));
      CHECK_OK(choice(item.get_object(), to));
    }
    return {};
  }

  Status choice(const json::object& choice, StreamEncoder& to) {
    std::size_t index = choice_index(choice);
    ends_.begin(index);
    if (const json::object* delta = object_member(choice, "delta")) {
      to.text(index, text_member(*delta, "content"));
      std::string_view refusal = text_member(*delta, "refusal");
      to.text(index, refusal);
      refused_ = refused_ || !refusal.empty();
      const json::value* calls = delta->if_contains("tool_calls");
      if (calls != nullptr && calls->is_array()) CHECK_OK(this->calls(index, calls->get_array(), to));
    }
    std::string_view reason = text_member(choice, "finish_reason");
    if (reason.empty()) return {};
    auto stop = openai_stop(reason);
    if (!stop) return not_an_answer("an unknown finish_reason");
    to.stop(index, refused_ ? StopReason::kRefusal : *stop, {});
    ends_.stop(index);
    return {};
  }

  /// A new number or a new id is a new call. Calls come one after the other.
  Status calls(std::size_t choice, const json::array& calls, StreamEncoder& to) {
    if (calls_.size() <= choice) calls_.resize(choice + 1);
    for (const json::value& item : calls) {
      if (!item.is_object()) return not_an_answer("a tool call that is no object");
      const json::object& call = item.get_object();
      const json::value* index = call.if_contains("index");
      std::int64_t number = index != nullptr && index->is_int64() ? index->get_int64() : -1;
      std::string_view id = text_member(call, "id");
      const json::object* function = object_member(call, "function");
      std::string_view name = function == nullptr ? std::string_view() : text_member(*function, "name");
      Call& current = calls_[choice];
      bool begins = !id.empty() && id != current.id;
      if (!begins && (current.id.empty() || number != current.number))
        return not_an_answer("a piece of a tool call that is not the last");
      if (begins) {
        current = {std::string(id), number};
        to.call(choice, id, name);
      }
      if (function != nullptr) to.arguments(choice, text_member(*function, "arguments"));
    }
    return {};
  }

  struct Call {
    std::string id;
    std::int64_t number = -1;
  };
  std::vector<Call> calls_;  ///< the last of each choice
  bool refused_ = false;
};

}  // namespace

std::unique_ptr<StreamEncoder> openai_encoder(const AnswerContext& context) {
  return std::make_unique<OpenAiEncoder>(context);
}

std::unique_ptr<StreamDecoder> openai_decoder() {
  return std::make_unique<OpenAiDecoder>();
}

}  // namespace bailiwick::routing::translation
