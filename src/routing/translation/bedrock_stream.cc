// Bedrock's streams, read: frames of AWS's event stream, each with one JSON object. Usage comes after the
// stop.
#include "base/json_members.h"
#include "routing/aws_event_stream.h"
#include "routing/translation/answer_codec.h"
#include "routing/translation/foreign_json.h"
#include "routing/translation/stream_codec.h"

namespace bailiwick::routing::translation {
namespace {

class BedrockDecoder final : public StreamDecoder {
 public:
  Status feed(std::string_view bytes, StreamEncoder& to) override {
    Status seen;
    CHECK_OK(frames_.feed(bytes, [&](const AwsMessage& message) {
      if (seen && !to.done()) seen = take(message, to);
    }));
    return seen;
  }

  Status finish(StreamEncoder& to) override {
    if (to.done()) return {};
    if (!stopped_) return broken_off();
    to.end();
    return {};
  }

 private:
  Status take(const AwsMessage& message, StreamEncoder& to) {
    auto payload = parse_json_object(message.payload, {}, kForeign);
    if (message.message_type != "event") {
      json::object error = payload ? std::move(*payload) : json::object();
      error["type"] = json::string(message.exception_type);
      to.fail(read_error(Dialect::kBedrock, 0, error));
      return {};
    }
    if (!payload) return not_an_answer("an event that is no JSON object");
    return event(message.event_type, *payload, to);
  }

  Status event(std::string_view type, const json::object& event, StreamEncoder& to) {
    if (type == "messageStart") {
      to.begin({}, {});
    } else if (type == "contentBlockStart") {
      if (const json::object* start = object_member(event, "start")) begin(*start, to);
    } else if (type == "contentBlockDelta") {
      if (const json::object* delta = object_member(event, "delta")) this->delta(*delta, to);
    } else if (type == "contentBlockStop") {
      if (std::exchange(empty_call_, false)) to.arguments(0, "{}");
    } else if (type == "messageStop") {
      auto stop = bedrock_stop(text_member(event, "stopReason"));
      if (!stop) return not_an_answer("an unknown stopReason");
      to.stop(0, *stop, {});
      stopped_ = true;
    } else if (type == "metadata") {
      if (const json::object* usage = object_member(event, "usage")) to.usage(read_bedrock_usage(*usage));
      if (stopped_) to.end();
    }
    return {};
  }

  void begin(const json::object& start, StreamEncoder& to) {
    const json::object* call = object_member(start, "toolUse");
    if (call == nullptr) return;
    to.call(0, text_member(*call, "toolUseId"), text_member(*call, "name"));
    empty_call_ = true;
  }

  void delta(const json::object& delta, StreamEncoder& to) {
    to.text(0, text_member(delta, "text"));
    if (const json::object* call = object_member(delta, "toolUse")) {
      std::string_view input = text_member(*call, "input");
      if (!input.empty()) empty_call_ = false;
      to.arguments(0, input);
    }
    if (const json::object* reasoning = object_member(delta, "reasoningContent")) {
      to.thinking(text_member(*reasoning, "text"));
      to.signature(text_member(*reasoning, "signature"));
    }
  }

  AwsEventStream frames_;
  bool stopped_ = false;
  bool empty_call_ = false;
};

}  // namespace

std::unique_ptr<StreamDecoder> bedrock_decoder() {
  return std::make_unique<BedrockDecoder>();
}

}  // namespace bailiwick::routing::translation
