// Requests in each dialect: read from what callers speak, written for what upstreams speak.
#pragma once

#include <array>
#include <span>

#include "routing/translation/conversation.h"
#include "routing/translation/refusals.h"

namespace bailiwick::routing::translation {

/// What a request is written for, beside what its caller said.
struct RequestTarget {
  std::string_view model;
  /// The most to write, of the caller's silence: what a budget or a route says.
  std::optional<std::int64_t> output_bound;
  /// Where an API must be told and nobody said.
  std::int64_t default_max_tokens = 4096;
  std::optional<double> temperature;  ///< when the caller names none
};

// Each reads what it can and refuses the rest.
Conversation read_openai_request(const json::object& body, Refusals& refusals);
Conversation read_anthropic_request(const json::object& body, Refusals& refusals);

// The body for an upstream, to be sent only when nothing was refused. Gemini and Bedrock take the model's
// name and the wish to stream in the path.
json::object write_openai_request(const Conversation& from, const RequestTarget& to, Refusals& refusals);
json::object write_anthropic_request(const Conversation& from, const RequestTarget& to, Refusals& refusals);
json::object write_gemini_request(const Conversation& from, const RequestTarget& to, Refusals& refusals);
json::object write_bedrock_request(const Conversation& from, const RequestTarget& to, Refusals& refusals);

/// OpenAI's name of the member that bounds a model's output: reasoning models refuse the older one, and older
/// servers do not know the newer one.
std::string_view openai_output_bound_key(std::string_view model);

// What several writers do alike.
namespace detail {
/// Bedrock and Anthropic let an assistant's turn at the end be continued; elsewhere an answer would begin
/// anew.
void check_ending(const Conversation& from, Refusals& refusals);
/// Above `most` the target's scale ends.
std::optional<double> temperature(const Conversation& from, const RequestTarget& to, double most,
                                  Refusals& refusals);
/// What the caller, the budget or the route says.
std::optional<std::int64_t> max_tokens(const Conversation& from, const RequestTarget& to);
/// Members that only some targets have.
void refuse_penalties(const Conversation& from, Refusals& refusals);
void refuse_choices(const Conversation& from, Refusals& refusals);
void refuse_top_k(const Conversation& from, Refusals& refusals);
void refuse_thinking_budget(const Conversation& from, Refusals& refusals);
/// Of what is not by URL.
void check_type(const Image& image, std::span<const std::string_view> types, Refusals& refusals);
inline constexpr std::array<std::string_view, 4> kCommonImages{"image/png", "image/jpeg", "image/gif",
                                                               "image/webp"};
/// A list of texts.
json::array strings(const std::vector<std::string>& texts);
template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
}  // namespace detail

}  // namespace bailiwick::routing::translation
