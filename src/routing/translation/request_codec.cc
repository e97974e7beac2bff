#include "routing/translation/request_codec.h"

#include <algorithm>

namespace bailiwick::routing::translation {

std::string_view openai_output_bound_key(std::string_view model) {
  bool reasons = model.starts_with("gpt-5") ||
                 (model.size() > 1 && model[0] == 'o' && model[1] >= '1' && model[1] <= '9');
  return reasons ? "max_completion_tokens" : "max_tokens";
}

namespace detail {

void check_ending(const Conversation& from, Refusals& refusals) {
  if (from.turns.empty() || from.turns.back().role != Role::kAssistant) return;
  bool continues = from.caller == Dialect::kAnthropic && refusals.target() == Dialect::kBedrock;
  if (!continues) refusals.unsupported(from.turns.back().at, "an assistant's turn at the end");
}

std::optional<double> temperature(const Conversation& from, const RequestTarget& to, double most,
                                  Refusals& refusals) {
  if (!from.temperature) return to.temperature;
  if (from.temperature->value > most)
    refusals.unsupported(from.temperature->at, most < 2 ? "a temperature above 1" : "a temperature above 2");
  return from.temperature->value;
}

std::optional<std::int64_t> max_tokens(const Conversation& from, const RequestTarget& to) {
  return from.max_tokens ? from.max_tokens : to.output_bound;
}

void refuse_penalties(const Conversation& from, Refusals& refusals) {
  for (const auto* penalty : {&from.frequency_penalty, &from.presence_penalty}) {
    if (*penalty && (*penalty)->value != 0) refusals.unsupported((*penalty)->at, "a penalty");
  }
}

void refuse_choices(const Conversation& from, Refusals& refusals) {
  if (from.choices.value > 1) refusals.unsupported(from.choices.at, "more than one answer");
}

void refuse_top_k(const Conversation& from, Refusals& refusals) {
  if (from.top_k) refusals.unsupported(from.top_k->at, "this way of sampling");
}

void refuse_thinking_budget(const Conversation& from, Refusals& refusals) {
  if (from.thinking_budget && from.thinking_budget->value >= 0)
    refusals.unsupported(from.thinking_budget->at, "a number of tokens to think with");
}

void check_type(const Image& image, std::span<const std::string_view> types, Refusals& refusals) {
  if (image.kind == Image::Kind::kBase64 && std::ranges::find(types, image.media_type) == types.end())
    refusals.unsupported(image.at, "an image of this type");
}

json::array strings(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& text : texts) out.emplace_back(json::string(text));
  return out;
}

}  // namespace detail
}  // namespace bailiwick::routing::translation
