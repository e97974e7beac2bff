// Streams in each dialect: a decoder tells what an upstream sends, an encoder writes it for the caller.
#pragma once

#include <bitset>
#include <memory>

#include "routing/translation/answer.h"

namespace bailiwick::routing::translation {

/// Writes events of the caller's dialect. What is told after the end, or after a failure, is not written.
class StreamEncoder {
 public:
  virtual ~StreamEncoder() = default;

  /// Once, before all else. Further calls are passed over.
  virtual void begin(std::string_view id, std::string_view model) = 0;
  virtual void text(std::size_t choice, std::string_view text) = 0;
  virtual void thinking(std::string_view text) = 0;
  virtual void signature(std::string_view signature) = 0;
  /// A tool call begins; arguments that follow belong to it.
  virtual void call(std::size_t choice, std::string_view id, std::string_view name) = 0;
  virtual void arguments(std::size_t choice, std::string_view json) = 0;
  virtual void stop(std::size_t choice, StopReason reason, std::string_view sequence) = 0;
  virtual void end() = 0;
  /// Replaces what was told before.
  void usage(const Usage& usage) { usage_ = usage; }
  void fail(const UpstreamError& error) {
    if (std::exchange(done_, true)) return;
    failed_ = true;
    write_failure(error);
  }

  /// Ended or failed.
  bool done() const { return done_; }
  bool failed() const { return failed_; }
  const std::optional<Usage>& told_usage() const { return usage_; }
  /// What was told and has no place in the dialect, in bytes.
  std::size_t hidden_bytes() const { return hidden_bytes_; }
  /// What was written since the last time.
  std::string take() { return std::exchange(out_, {}); }

 protected:
  virtual void write_failure(const UpstreamError& error) = 0;

  std::string out_;
  bool done_ = false;
  std::optional<Usage> usage_;
  std::size_t written_bytes_ = 0;  ///< of texts and arguments
  std::size_t hidden_bytes_ = 0;

 private:
  bool failed_ = false;
};

/// Takes an upstream's bytes, split anywhere. Holds no more than one event.
class StreamDecoder {
 public:
  virtual ~StreamDecoder() = default;
  /// Errors: kBadGateway `sse.too_large`, `event_stream.malformed`, `upstream.shape`.
  virtual Status feed(std::string_view bytes, StreamEncoder& to) = 0;
  /// The upstream has ended: ends what is complete; kBadGateway `upstream.broken` otherwise.
  virtual Status finish(StreamEncoder& to) = 0;
};

std::unique_ptr<StreamEncoder> openai_encoder(const AnswerContext& context);
std::unique_ptr<StreamEncoder> anthropic_encoder(const AnswerContext& context);

std::unique_ptr<StreamDecoder> openai_decoder();
std::unique_ptr<StreamDecoder> anthropic_decoder();
std::unique_ptr<StreamDecoder> gemini_decoder(const AnswerContext& context);
std::unique_ptr<StreamDecoder> bedrock_decoder();

/// For decoders: the choice of an item's `index`; as many as OpenAI gives at most.
std::size_t choice_index(const json::object& item);
inline constexpr std::size_t kMostChoices = 128;

/// Which choices have begun, and for which the model has said why it stopped. When it has for all, nothing is
/// missing but formalities.
class Ends {
 public:
  void begin(std::size_t choice) { begun_.set(choice); }
  void stop(std::size_t choice) {
    begun_.set(choice);
    stopped_.set(choice);
  }
  bool all() const { return stopped_.any() && stopped_ == begun_; }

 private:
  std::bitset<kMostChoices> begun_, stopped_;
};

std::unexpected<Error> broken_off();

}  // namespace bailiwick::routing::translation
