// Translation: a caller's dialect on one side, an upstream's on the other, the hub between. Pure; what a
// target cannot be told without a change of meaning is refused, and nothing is lost in silence.
//
//   TRY(std::string body, translate_request(caller, target, bytes, to));
//   StreamTranslator stream(upstream, caller, context);   // deliver feed(bytes)… then finish()
#pragma once

#include "routing/translation/answer_codec.h"
#include "routing/translation/request_codec.h"
#include "routing/translation/stream_codec.h"

namespace bailiwick::routing::translation {

/// Errors: kInvalid `json.malformed`, `body.invalid`, `translation.unsupported` with the JSON pointers of
/// what the target's API has no place for.
Result<std::string> translate_request(Dialect caller, Dialect target, std::string_view body,
                                      const RequestTarget& to);

/// A good answer. Errors: kBadGateway `upstream.shape`, `upstream.call`.
Result<std::string> translate_answer(Dialect upstream, Dialect caller, std::string_view body,
                                     const AnswerContext& context);

/// An error's body; its status stays what it was.
std::string translate_error(Dialect upstream, Dialect caller, int status, std::string_view body,
                            const AnswerContext& context);

/// Makes of an upstream's stream, split anywhere, the events of a caller's dialect. What breaks or fails ends
/// with the dialect's error event; after that and after the end nothing more is written. Holds one event.
class StreamTranslator {
 public:
  /// What `context` views outlives this.
  StreamTranslator(Dialect upstream, Dialect caller, const AnswerContext& context);
  StreamTranslator(const StreamTranslator&) = delete;
  StreamTranslator& operator=(const StreamTranslator&) = delete;

  std::string feed(std::string_view bytes);
  /// The upstream has ended.
  std::string finish();
  /// The last event has been written, whether the answer's or an error's.
  bool done() const { return encoder_->done(); }
  /// Why the answer could not come to its end, once it could not.
  const std::optional<Error>& failure() const { return failure_; }
  /// What the upstream has reported so far; the caller may be told only at the end.
  const std::optional<Usage>& usage() const { return encoder_->told_usage(); }
  /// Bytes that the model wrote and the caller's dialect has no place for.
  std::size_t hidden_bytes() const { return encoder_->hidden_bytes(); }

 private:
  std::string written(const Status& status);

  AnswerContext context_;
  std::optional<Error> failure_;
  std::unique_ptr<StreamEncoder> encoder_;
  std::unique_ptr<StreamDecoder> decoder_;
};

}  // namespace bailiwick::routing::translation
