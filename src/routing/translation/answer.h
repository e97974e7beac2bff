// Answer: what a model wrote, in no dialect; and an upstream's error.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "routing/translation/conversation.h"

namespace bailiwick::routing::translation {

/// Tokens. OpenAI and Gemini count cached ones within the input, Anthropic and Bedrock beside it; here they
/// are within.
struct Usage {
  std::optional<std::int64_t> input;  ///< empty: not reported
  std::optional<std::int64_t> output;
  std::int64_t cache_read = 0;
  std::int64_t cache_creation = 0;
  std::int64_t cache_creation_hour = 0;  ///< of `cache_creation`, what is kept for an hour
  std::int64_t reasoning = 0;            ///< of `output`
};

enum class StopReason {
  kEnd,
  kLength,
  kToolUse,
  kStopSequence,
  kRefusal,  ///< the model or a filter would not go on
  kPause,    ///< the upstream wants to be asked to go on
};

/// What a model thought, where it may be shown. A signature proves it to the model that wrote it.
struct Thinking {
  std::string text;
  std::string signature;
};

using AnswerPart = std::variant<Text, Thinking, ToolCall>;

struct Choice {
  std::vector<AnswerPart> parts;
  StopReason stop = StopReason::kEnd;
  std::string stop_sequence;  ///< of kStopSequence, where the upstream tells

  /// Goes on with the last text, if there is one.
  void append_text(std::string_view text);
};

struct Answer {
  std::string id;     ///< the upstream's; empty when it gave none
  std::string model;  ///< likewise
  std::vector<Choice> choices;
  std::optional<Usage> usage;
};

struct UpstreamError {
  int status = 500;
  std::string message;
};

/// What an answer is written with, beside what the upstream said. All views outlive what takes it.
struct AnswerContext {
  std::string_view model;            ///< that was asked for
  std::string_view request_id;       ///< unique; ids are made of it where the upstream gave none
  std::int64_t created = 0;          ///< seconds since 1970
  std::int64_t estimated_input = 0;  ///< tokens, until the upstream counts them
  /// What proves the upstream's key. An error that holds one of them is not repeated; empty ones are none.
  std::array<std::string_view, 2> secrets = {};
};

}  // namespace bailiwick::routing::translation
