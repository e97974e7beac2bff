// Gemini's streams, read: each event is a piece of an answer in the shape of a whole one. The end is the end
// of the stream.
#include "base/json_members.h"
#include "routing/translation/sse_decoder.h"

namespace bailiwick::routing::translation {
namespace {

class GeminiDecoder final : public SseDecoder {
 public:
  explicit GeminiDecoder(const AnswerContext& context) : context_(context) {}

 private:
  Status event(const json::object& event, StreamEncoder& to) override {
    if (event.contains("error")) return to.fail(read_error(Dialect::kGemini, 0, event)), Status();
    if (const json::object* usage = object_member(event, "usageMetadata"))
      to.usage(read_gemini_usage(*usage));
    to.begin(text_member(event, "responseId"), text_member(event, "modelVersion"));
    const json::object* feedback = object_member(event, "promptFeedback");
    if (feedback != nullptr && !text_member(*feedback, "blockReason").empty()) {
      to.stop(0, StopReason::kRefusal, {});
      ends_.stop(0);
    }
    const json::value* candidates = event.if_contains("candidates");
    if (candidates == nullptr || !candidates->is_array()) return {};
    for (const json::value& item : candidates->get_array()) {
      if (!item.is_object()) return not_an_answer("a candidate that is no object");
      CHECK_OK(candidate(item.get_object(), to));
    }
    return {};
  }

  Status candidate(const json::object& candidate, StreamEncoder& to) {
    std::size_t choice = choice_index(candidate);
    ends_.begin(choice);
    if (called_.size() <= choice) called_.resize(choice + 1);
    const json::object* content = object_member(candidate, "content");
    const json::value* parts = content == nullptr ? nullptr : content->if_contains("parts");
    if (parts != nullptr && parts->is_array()) {
      for (const json::value& item : parts->get_array()) {
        if (item.is_object()) part(item.get_object(), choice, to);
      }
    }
    std::string_view reason = text_member(candidate, "finishReason");
    if (reason.empty()) return {};
    auto stop = gemini_stop(reason);
    if (!stop) {
      to.fail({.status = 502, .message = "the model's provider could not finish the answer"});
      return {};
    }
    to.stop(choice, *stop == StopReason::kEnd && called_[choice] ? StopReason::kToolUse : *stop, {});
    ends_.stop(choice);
    return {};
  }

  void part(const json::object& part, std::size_t choice, StreamEncoder& to) {
    const json::value* thought = part.if_contains("thought");
    if (const json::object* call = object_member(part, "functionCall")) {
      std::string id(text_member(*call, "id"));
      if (id.empty()) id = made_call_id(context_.request_id, calls_);
      ++calls_;
      called_[choice] = true;
      to.call(choice, id, text_member(*call, "name"));
      const json::object* input = object_member(*call, "args");
      to.arguments(choice, input == nullptr ? "{}" : json::serialize(*input));
    } else if (thought != nullptr && thought->is_bool() && thought->get_bool()) {
      to.thinking(text_member(part, "text"));
      to.signature(text_member(part, "thoughtSignature"));
    } else {
      to.text(choice, text_member(part, "text"));
    }
  }

  const AnswerContext& context_;
  std::size_t calls_ = 0;
  std::vector<bool> called_;  ///< by choice
};

}  // namespace

std::unique_ptr<StreamDecoder> gemini_decoder(const AnswerContext& context) {
  return std::make_unique<GeminiDecoder>(context);
}

}  // namespace bailiwick::routing::translation
