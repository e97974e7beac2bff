// SseDecoder: what decoders of server-sent events have in common: the framing, and one JSON object an event.
#pragma once

#include "net/sse.h"
#include "routing/translation/answer_codec.h"
#include "routing/translation/foreign_json.h"
#include "routing/translation/stream_codec.h"

namespace bailiwick::routing::translation {

class SseDecoder : public StreamDecoder {
 public:
  Status feed(std::string_view bytes, StreamEncoder& to) final {
    Status seen;
    CHECK_OK(parser_.feed(bytes, [&](const net::SseEvent& sse) {
      if (seen && !to.done()) seen = take(sse.data, to);
    }));
    return seen;
  }
  Status finish(StreamEncoder& to) override {
    if (to.done()) return {};
    if (!ends_.all()) return broken_off();
    to.end();
    return {};
  }

 protected:
  virtual Status event(const json::object& event, StreamEncoder& to) = 0;
  /// `data` that is no JSON; true when it means something.
  virtual bool word(std::string_view, StreamEncoder&) { return false; }

  Ends ends_;

 private:
  Status take(std::string_view data, StreamEncoder& to) {
    if (word(data, to)) return {};
    auto object = parse_json_object(data, {}, kForeign);
    return object ? event(*object, to) : not_an_answer("an event that is no JSON object");
  }

  net::SseParser parser_;
};

}  // namespace bailiwick::routing::translation
