#include "routing/translation/conversation.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/ascii.h"
#include "crypto/hash.h"

namespace bailiwick::routing::translation {
namespace {

// OpenAI takes no more.
constexpr std::size_t kLongestCallId = 40;
constexpr std::size_t kMadeIdDigits = 24;

std::string made_id(std::string_view of) {
  return fmt::format("call_{}", crypto::to_hex(crypto::sha256(of)).substr(0, kMadeIdDigits));
}

constexpr std::array<std::pair<std::string_view, Effort>, 7> kEfforts{{{"none", Effort::kNone},
                                                                       {"minimal", Effort::kMinimal},
                                                                       {"low", Effort::kLow},
                                                                       {"medium", Effort::kMedium},
                                                                       {"high", Effort::kHigh},
                                                                       {"xhigh", Effort::kExtraHigh},
                                                                       {"max", Effort::kMax}}};

struct DataUrl {
  std::string_view type;
  std::string_view data;  ///< base64
};

/// Nothing of a URL that leads elsewhere.
std::optional<DataUrl> split_data_url(std::string_view url) {
  constexpr std::string_view kScheme = "data:";
  constexpr std::string_view kEncoding = ";base64,";
  std::size_t encoding = url.starts_with(kScheme) ? url.find(kEncoding) : std::string_view::npos;
  if (encoding == std::string_view::npos) return {};
  return DataUrl{url.substr(kScheme.size(), encoding - kScheme.size()),
                 url.substr(encoding + kEncoding.size())};
}

std::string_view name_of(Effort effort) {
  return std::ranges::find(kEfforts, effort, &std::pair<std::string_view, Effort>::second)->first;
}

}  // namespace

void Conversation::say(Role role, Part part, std::string_view at) {
  if (const Text* text = std::get_if<Text>(&part); text != nullptr && text->text.empty()) return;
  if (turns.empty() || turns.back().role != role) turns.push_back({role, {}, std::string(at)});
  turns.back().parts.push_back(std::move(part));
}

std::string image_type(std::string_view type) {
  std::string lower(type);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower == "image/jpg" ? "image/jpeg" : lower;
}

Image image_at(std::string_view url, std::string at) {
  auto inside = split_data_url(url);
  if (!inside) return {Image::Kind::kUrl, {}, std::string(url), std::move(at)};
  return {Image::Kind::kBase64, image_type(inside->type), std::string(inside->data), std::move(at)};
}

std::optional<std::string_view> document_at(std::string_view url) {
  auto inside = split_data_url(url);
  if (!inside || inside->type != kDocumentType) return {};
  return inside->data;
}

std::string portable_call_id(std::string_view id) {
  auto plain = [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; };
  bool portable = !id.empty() && id.size() <= kLongestCallId && std::ranges::all_of(id, plain);
  return portable ? std::string(id) : made_id(id);
}

std::string made_call_id(std::string_view request_id, std::size_t number) {
  return made_id(fmt::format("{}/{}", request_id, number));
}

std::string_view openai_effort(Effort effort) {
  return effort == Effort::kMax ? std::string_view() : name_of(effort);
}

std::string_view anthropic_effort(Effort effort) {
  return effort == Effort::kNone || effort == Effort::kMinimal ? std::string_view() : name_of(effort);
}

std::optional<Effort> parse_effort(std::string_view name) {
  auto known = std::ranges::find(kEfforts, name, &std::pair<std::string_view, Effort>::first);
  if (known == kEfforts.end()) return {};
  return known->second;
}

}  // namespace bailiwick::routing::translation
