// Whole answers and errors in each dialect: read from upstreams, written for what callers speak.
#pragma once

#include "routing/translation/answer.h"

namespace bailiwick::routing::translation {

// Errors: kBadGateway `upstream.shape` when it is not an answer of that API, `upstream.call` when the model
// wrote a call that cannot be read.
Result<Answer> read_openai_answer(const json::object& body, const AnswerContext& context);
Result<Answer> read_anthropic_answer(const json::object& body, const AnswerContext& context);
Result<Answer> read_gemini_answer(const json::object& body, const AnswerContext& context);
Result<Answer> read_bedrock_answer(const json::object& body, const AnswerContext& context);

json::object write_openai_answer(const Answer& answer, const AnswerContext& context);
json::object write_anthropic_answer(const Answer& answer, const AnswerContext& context);

/// From a whole body, or from an event with the status 0. What is not in the API's shape has the status
/// alone.
UpstreamError read_error(Dialect dialect, int status, const json::object& body);
/// The caller's shape, without a word that holds the upstream's key.
json::object write_error(Dialect caller, const UpstreamError& error, const AnswerContext& context);

// What whole answers and streams read and write alike.
std::optional<StopReason> openai_stop(std::string_view finish_reason);
std::optional<StopReason> anthropic_stop(std::string_view stop_reason);
/// Empty for reasons that say the answer cannot be used.
std::optional<StopReason> gemini_stop(std::string_view finish_reason);
std::optional<StopReason> bedrock_stop(std::string_view stop_reason);
std::string_view openai_name(StopReason stop);
std::string_view anthropic_name(StopReason stop);
Usage read_openai_usage(const json::object& usage);
/// What is not named stays as it was: streams report in parts, each cumulative.
void merge_anthropic_usage(const json::object& reported, Usage& usage);
Usage read_gemini_usage(const json::object& usage);
Usage read_bedrock_usage(const json::object& usage);
// Of a completed one.
json::object write_openai_usage(const Usage& usage);
json::object write_anthropic_usage(const Usage& usage);
/// With estimates where an upstream does not count, three bytes a token, on the high side; and with no part
/// larger than its whole.
Usage completed(Usage usage, const AnswerContext& context, std::size_t written_bytes);
/// Of its texts and calls.
std::size_t bytes_of(const Choice& choice);
/// `chatcmpl-…` and `msg_…` of the upstream's id, or of the request's when it gave none.
std::string openai_id(std::string_view upstream_id, const AnswerContext& context);
std::string anthropic_id(std::string_view upstream_id, const AnswerContext& context);
/// The upstream's name of the model, or that which was asked for. Names and ids longer than any are none:
/// each event of a stream repeats them.
std::string_view model_name(std::string_view upstream_model, const AnswerContext& context);

std::unexpected<Error> not_an_answer(std::string_view what);

}  // namespace bailiwick::routing::translation
