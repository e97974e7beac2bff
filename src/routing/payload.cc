#include "routing/payload.h"

#include <fmt/format.h>

#include "base/json.h"
#include "routing/provider_wire.h"
#include "routing/splice.h"
#include "routing/translation/translation.h"

namespace bailiwick::routing {
namespace {

constexpr std::int64_t kPromptMaxTokens = 1024;
// What a dialect puts around a prompt, in tokens.
constexpr std::int64_t kEnvelopeTokens = 32;
constexpr std::string_view kIncludeUsage = "\"stream_options\":{\"include_usage\":true}";

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

/// Where an API must be told the most, and nobody said, it is all that the model can.
translation::RequestTarget told(const PlannedTarget& target) {
  translation::RequestTarget to{.model = target.model()};
  if (target.price != nullptr && target.price->max_output_tokens > 0)
    to.default_max_tokens = target.price->max_output_tokens;
  return to;
}

/// Makes the upstream report usage at the end of its stream.
void ask_for_usage(Splicer& splicer, const RequestBody& body) {
  if (!body.stream_options_member) {
    splicer.insert_member(body.bytes.find('{'), std::string(kIncludeUsage), Splicer::Others::kSome);
    return;
  }
  Extent options = member_value(body.bytes, *body.stream_options_member);
  if (body.include_usage_member) {
    std::string_view inner = body.bytes.substr(options.begin, options.end - options.begin);
    Extent value = member_value(inner, *body.include_usage_member);
    splicer.replace({options.begin + value.begin, options.begin + value.end}, "true");
  } else if (body.bytes[options.begin] == '{') {
    splicer.insert_member(options.begin, "\"include_usage\":true",
                          body.stream_options_empty ? Splicer::Others::kNone : Splicer::Others::kSome);
  }
}

}  // namespace

PayloadFacts CallerPayload::facts(const PlannedTarget& target) const {
  PayloadFacts facts{.input_tokens = body_.input_tokens,
                     .max_tokens = body_.max_tokens,
                     .choices = body_.choices,
                     .stream = body_.stream,
                     .caches_prompt = body_.caches_prompt};
  if (!facts.max_tokens && is_auto()) facts.max_tokens = target.declared->max_tokens;
  return facts;
}

bool CallerPayload::strips_usage() const {
  return endpoint_ == Endpoint::kChatCompletions && body_.stream && !body_.reports_usage;
}

bool CallerPayload::translates_for(const PlannedTarget& target) const {
  return translates(endpoint_, target.kind());
}

Status CallerPayload::translate_for(const PlannedTarget& target, std::optional<std::int64_t> output_bound) {
  translation::RequestTarget to = told(target);
  to.output_bound = output_bound;
  if (is_auto()) {
    if (!to.output_bound) to.output_bound = target.declared->max_tokens;
    to.temperature = target.declared->temperature;
  }
  TRY(edited_,
      translation::translate_request(spoken_at(endpoint_), spoken_by(target.kind()), body_.bytes, to));
  return {};
}

Result<std::string_view> CallerPayload::body_for(const PlannedTarget& target,
                                                 std::optional<std::int64_t> output_bound) {
  if (translates_for(target)) {
    CHECK_OK(translate_for(target, output_bound));
    return edited_;
  }
  Splicer splicer(body_.bytes);
  std::size_t brace = body_.bytes.find('{');
  if (body_.model != target.model()) {
    splicer.replace(member_value(body_.bytes, body_.model_member), json_string(target.model()));
  }
  if (strips_usage()) ask_for_usage(splicer, body_);
  bool writes = writes_output(endpoint_);
  if (writes && !body_.max_tokens) {
    auto bound = output_bound ? output_bound : is_auto() ? target.declared->max_tokens : std::nullopt;
    std::string_view key = adapter_for(target.kind()).output_bound_key(target.model());
    if (bound) splicer.insert_member(brace, fmt::format("\"{}\":{}", key, *bound), Splicer::Others::kSome);
  }
  if (writes && is_auto() && !body_.has_temperature && target.declared->temperature) {
    splicer.insert_member(brace, fmt::format("\"temperature\":{}", *target.declared->temperature),
                          Splicer::Others::kSome);
  }
  if (splicer.empty()) return body_.bytes;
  edited_ = splicer.finish();
  return edited_;
}

void CallerPayload::forward_headers(const PlannedTarget& target, net::Headers& to_upstream) const {
  static const net::Headers kNone;
  adapter_for(target.kind()).forward(translates_for(target) ? kNone : headers_, to_upstream);
}

Result<std::vector<Message>> CallerPayload::messages() const {
  return adapter_for(dialect_of(endpoint_)).messages(body_.bytes);
}

Endpoint PromptPayload::endpoint(const PlannedTarget& target) const {
  return target.is_local() ? Endpoint::kChatCompletions : adapter_for(target.kind()).prompt_endpoint();
}

Prompt PromptPayload::bounded(const PlannedTarget& target) const {
  Prompt prompt = prompt_;
  if (!prompt.max_tokens) prompt.max_tokens = target.declared->max_tokens.value_or(kPromptMaxTokens);
  return prompt;
}

PayloadFacts PromptPayload::facts(const PlannedTarget& target) const {
  auto bytes = static_cast<std::int64_t>(prompt_.system.size() + prompt_.user.size());
  return {.input_tokens = bytes / 3 + kEnvelopeTokens, .max_tokens = bounded(target).max_tokens};
}

Result<std::string_view> PromptPayload::body_for(const PlannedTarget& target, std::optional<std::int64_t>) {
  written_ = adapter_for(target.kind()).prompt_body(bounded(target), *target.declared);
  Endpoint at = endpoint(target);
  if (translates(at, target.kind())) {
    TRY(written_,
        translation::translate_request(spoken_at(at), spoken_by(target.kind()), written_, told(target)));
  }
  return written_;
}

void PromptPayload::forward_headers(const PlannedTarget& target, net::Headers& to_upstream) const {
  adapter_for(target.kind()).forward(net::Headers(), to_upstream);
}

Result<std::vector<Message>> PromptPayload::messages() const {
  std::vector<Message> out;
  if (!prompt_.system.empty()) out.push_back({"system", prompt_.system});
  out.push_back({"user", prompt_.user});
  return out;
}

}  // namespace bailiwick::routing
