#include "routing/request_body.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/ascii.h"
#include "base/excerpt.h"

namespace bailiwick::routing {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxDepth = 128;
// Larger bodies get a parser of their own, so that one of them does not keep its memory forever.
constexpr std::size_t kKeptParserBytes = 1 << 20;
// An image or a page counts by what it shows, not by the bytes of its base64.
constexpr std::int64_t kMediaTokens = 1500;
constexpr std::int64_t kMediaBytesPerToken = 100;
// An image that the provider fetches itself is of unknown size: as many tokens as a large one.
constexpr std::int64_t kLinkedImageTokens = 5000;
// A document's text is packed; read, it is as many tokens as this, or as the largest context takes.
constexpr std::int64_t kDocumentBytesPerToken = 2;
constexpr std::int64_t kMostDocumentTokens = 1'000'000;
constexpr std::string_view kUnbounded[] = {"web_search_options", "mcp_servers", "audio", "data_sources"};
// Tools that the caller runs. All others run at the provider, at a price of their own.
constexpr std::string_view kCallersTools[] = {"function",     "custom",    "bash_",
                                              "text_editor_", "computer_", "memory_"};

Error invalid(std::string_view reason, std::string pointer, std::string message) {
  Error error(ErrorCode::kInvalid, reason, message);
  error.problems.push_back({std::move(pointer), std::move(message)});
  return error;
}

/// Bytes outside ASCII. Most text has none, which is seen a line at a time.
std::int64_t high_bytes(std::string_view text) {
  constexpr std::size_t kLine = 64, kWord = sizeof(std::uint64_t);
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::int64_t count = 0;
  std::size_t at = 0;
  for (; at + kLine <= text.size(); at += kLine) {
    std::array<std::uint64_t, kLine / kWord> words;
    std::memcpy(words.data(), text.data() + at, kLine);
    std::uint64_t any = 0;
    for (std::uint64_t word : words) any |= word;
    if ((any & kHighBits) == 0) continue;
    for (std::uint64_t word : words) count += std::popcount(word & kHighBits);
  }
  for (; at + kWord <= text.size(); at += kWord) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, kWord);
    count += std::popcount(word & kHighBits);
  }
  for (; at < text.size(); ++at) count += static_cast<unsigned char>(text[at]) >> 7;
  return count;
}

/// Where in a request a value stands, as far as it matters for what it costs.
enum class Place {
  kTop,
  kMessages,
  kMessage,
  kContent,  ///< of a message, or of a tool's result
  kPart,
  kMedia,     ///< what holds an image's bytes
  kDocument,  ///< or a document's
  kElsewhere,
};

Place below(Place place, std::string_view key) {
  switch (place) {
    case Place::kTop:
      return key == "messages" ? Place::kMessages : Place::kElsewhere;
    case Place::kMessage:
      return key == "content" ? Place::kContent : Place::kElsewhere;
    case Place::kPart:
      if (key == "content") return Place::kContent;
      if (key == "file") return Place::kDocument;
      return key == "source" || key == "image_url" ? Place::kMedia : Place::kElsewhere;
    default:
      return Place::kElsewhere;
  }
}

Place inside(Place list) {
  switch (list) {
    case Place::kMessages:
      return Place::kMessage;
    case Place::kContent:
      return Place::kPart;
    default:
      return Place::kElsewhere;
  }
}

/// Where the string ends that begins at `at`.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  while (true) {
    std::size_t quote = json.find('"', at + 1);
    if (quote == std::string_view::npos) return json.size();
    std::size_t before = quote;
    while (before > at + 1 && json[before - 1] == '\\') --before;
    if ((quote - before) % 2 == 0) return quote;
    at = quote;
  }
}

/// Bytes of the numbers in a JSON text.
std::int64_t number_bytes(std::string_view json) {
  std::int64_t bytes = 0;
  for (std::size_t at = 0; at < json.size(); ++at) {
    char c = json[at];
    if (c == '"') {
      at = end_of_string(json, at);
    } else if (is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E') {
      ++bytes;
    }
  }
  return bytes;
}

/// One walk over everything: duplicate keys, and how much text there is.
class Walk {
 public:
  bool value(dom::element element, Place place, std::string_view key = {}) {
    switch (element.type()) {
      case dom::element_type::OBJECT:
        return object(dom::object(element), place);
      case dom::element_type::ARRAY:
        return array(dom::array(element), inside(place));
      case dom::element_type::STRING:
        return text(element.get_string().value_unsafe(), place, key), true;
      default:
        return ++scalars_, true;
    }
  }

  /// Tokens of what was walked, on the high side: a token is three bytes of ASCII or two of anything else, or
  /// a value without text. A number may be as long as any text, which is looked for where most of the `bytes`
  /// are no strings.
  std::int64_t tokens(std::string_view bytes) const {
    constexpr std::int64_t kUsualBytes = 8;
    std::int64_t unseen = static_cast<std::int64_t>(bytes.size()) - ascii_ - other_ - media_bytes_;
    std::int64_t numbers = unseen > kUsualBytes * (scalars_ + 1) ? number_bytes(bytes) : 0;
    return (ascii_ + numbers) / 3 + other_ / 2 + scalars_ + media_;
  }
  const std::string& duplicate() const { return duplicate_; }
  bool caches_prompt() const { return caches_prompt_; }
  const std::string& unbounded() const { return unbounded_; }

 private:
  bool array(dom::array items, Place place) {
    ++scalars_;
    return std::ranges::all_of(items, [&](dom::element item) { return value(item, place); });
  }

  bool object(dom::object members, Place place) {
    ++scalars_;
    if (place == Place::kMedia && says(members, "type", "text")) place = Place::kElsewhere;
    if (place == Place::kMedia && says(members, "media_type", "application/pdf")) place = Place::kDocument;
    std::array<std::string_view, kFew> few;
    std::size_t count = 0;
    for (auto [key, item] : members) {
      if (count < kFew) {
        auto end = few.begin() + static_cast<std::ptrdiff_t>(count);
        if (std::find(few.begin(), end, key) != end) return duplicate_ = key, false;
        few[count] = key;
      }
      ++count;
      if (key == "cache_control") caches_prompt_ = true;
      if ((key == "file_id" && item.is_string()) || key == "input_audio") unbounded_ = key;
      if (place == Place::kPart && (key == "video_url" || key == "audio_url" || key == "video"))
        unbounded_ = key;
      if (key == "source" && is_linked_document(members, item)) unbounded_ = "source/url";
      ++scalars_;
      count_bytes(key);
      bool is_bytes = item.is_string() && (place == Place::kMedia || place == Place::kDocument);
      if (!value(item, is_bytes ? place : below(place, key), key)) return false;
    }
    return count <= kFew || unique(members);
  }

  static bool says(dom::object in, std::string_view key, std::string_view word) {
    std::string_view value;
    return in[key].get_string().get(value) == simdjson::SUCCESS && value == word;
  }

  /// A document that the provider fetches itself can have any number of pages.
  static bool is_linked_document(dom::object members, dom::element source) {
    dom::object from;
    return source.get_object().get(from) == simdjson::SUCCESS && says(from, "type", "url") &&
           says(members, "type", "document");
  }

  /// For the rare object with many members.
  bool unique(dom::object members) {
    std::vector<std::string_view> keys;
    for (auto member : members) keys.push_back(member.key);
    std::ranges::sort(keys);
    auto twice = std::ranges::adjacent_find(keys);
    if (twice == keys.end()) return true;
    duplicate_ = *twice;
    return false;
  }

  void text(std::string_view text, Place place, std::string_view key) {
    ++scalars_;
    bool is_link = key == "url" || (key == "image_url" && place == Place::kMedia);
    bool is_inline = is_link && text.starts_with("data:");
    if (is_inline && !text.starts_with("data:image/") && place == Place::kMedia) place = Place::kDocument;
    bool is_media = place == Place::kMedia || place == Place::kDocument;
    if (is_media && (key == "data" || key == "file_data" || is_inline)) {
      auto bytes = static_cast<std::int64_t>(text.size());
      media_ += kMediaTokens + (place == Place::kMedia
                                    ? bytes / kMediaBytesPerToken
                                    : std::min(bytes / kDocumentBytesPerToken, kMostDocumentTokens));
      media_bytes_ += bytes;
      return;
    }
    if (is_link && !is_inline) media_ += kLinkedImageTokens;
    count_bytes(text);
  }

  void count_bytes(std::string_view text) {
    std::int64_t high = high_bytes(text);
    other_ += high;
    ascii_ += static_cast<std::int64_t>(text.size()) - high;
  }

  static constexpr std::size_t kFew = 16;
  std::int64_t ascii_ = 0, other_ = 0, scalars_ = 0, media_ = 0, media_bytes_ = 0;
  std::string duplicate_;
  std::string unbounded_;
  bool caches_prompt_ = false;
};

/// Fills the facts from the top level.
class Reader {
 public:
  explicit Reader(RequestBody& body) : body_(body) {}

  Status member(std::size_t index, std::string_view key, dom::element value) {
    if (key == "model") return model(index, value);
    if (value.is_null()) return {};
    if (key == "stream") return flag(key, value, body_.stream);
    if (key == "max_tokens" || key == "max_completion_tokens" || key == "max_output_tokens")
      return bound(key, value);
    if (key == "n") return count(key, value, body_.choices);
    if (key == "stream_options") return stream_options(index, value);
    if (key == "temperature") body_.has_temperature = true;
    if (key == "tools") note_tools(value);
    if (std::ranges::find(kUnbounded, key) != std::end(kUnbounded)) body_.unbounded = key;
    if (key == "service_tier") note_tier(value);
    return {};
  }

 private:
  void note_tools(dom::element value) {
    dom::array tools;
    if (value.get_array().get(tools) != simdjson::SUCCESS) return;
    for (dom::element tool : tools) {
      std::string_view type;
      if (tool["type"].get_string().get(type) != simdjson::SUCCESS) continue;
      auto begins = [type](std::string_view own) { return type.starts_with(own); };
      if (std::ranges::none_of(kCallersTools, begins))
        body_.unbounded = fmt::format("tools/{}", excerpt(type));
    }
  }
  /// The price file has the price of the usual tier, and `priority` costs more.
  void note_tier(dom::element value) {
    std::string_view tier;
    if (value.get_string().get(tier) == simdjson::SUCCESS && tier == "priority")
      body_.unbounded = "service_tier";
  }

  Status model(std::size_t index, dom::element value) {
    std::string_view name;
    bool is_name = value.get_string().get(name) == simdjson::SUCCESS && !name.empty() && name.size() <= 256 &&
                   std::ranges::none_of(name, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
    if (!is_name) {
      return std::unexpected(invalid("body.invalid", "/model",
                                     "name the model in one string of at most 256 bytes, without control "
                                     "characters"));
    }
    body_.model = name;
    body_.model_member = index;
    return {};
  }

  Status flag(std::string_view key, dom::element value, bool& out) {
    if (value.get_bool().get(out) == simdjson::SUCCESS) return {};
    return std::unexpected(
        invalid("body.invalid", fmt::format("/{}", key), fmt::format("{} is true or false", key)));
  }

  Status count(std::string_view key, dom::element value, std::int64_t& out) {
    if (value.get_int64().get(out) == simdjson::SUCCESS && out >= 1 && out <= 1'000'000'000) return {};
    return std::unexpected(
        invalid("body.invalid", fmt::format("/{}", key), fmt::format("{} is a whole number from 1 on", key)));
  }

  Status bound(std::string_view key, dom::element value) {
    std::int64_t tokens = 0;
    CHECK_OK(count(key, value, tokens));
    body_.max_tokens = std::max(body_.max_tokens.value_or(0), tokens);
    return {};
  }

  Status stream_options(std::size_t index, dom::element value) {
    dom::object options;
    if (value.get_object().get(options) != simdjson::SUCCESS) {
      return std::unexpected(invalid("body.invalid", "/stream_options", "stream_options is an object"));
    }
    body_.stream_options_member = index;
    std::size_t at = 0;
    for (auto [key, option] : options) {
      if (key == "include_usage") {
        body_.include_usage_member = at;
        if (!option.is_null()) CHECK_OK(flag("stream_options/include_usage", option, body_.reports_usage));
      }
      ++at;
    }
    body_.stream_options_empty = at == 0;
    return {};
  }

  RequestBody& body_;
};

Result<RequestBody> read(dom::parser& parser, std::string_view bytes) {
  if (parser.max_depth() != kMaxDepth && parser.allocate(4096, kMaxDepth) != simdjson::SUCCESS) {
    return fail(ErrorCode::kInternal, "memory.exhausted", "out of memory");
  }
  dom::element root;
  if (auto error = parser.parse(bytes.data(), bytes.size()).get(root); error != simdjson::SUCCESS) {
    return std::unexpected(invalid("json.malformed", "/",
                                   fmt::format("the body is not JSON: {}", simdjson::error_message(error))));
  }
  dom::object members;
  if (root.get_object().get(members) != simdjson::SUCCESS) {
    return std::unexpected(invalid("json.malformed", "/", "the body must be a JSON object"));
  }
  Walk walk;
  if (!walk.value(root, Place::kTop)) {
    std::string key = excerpt(walk.duplicate());
    return std::unexpected(
        invalid("json.duplicate_key", "/" + key, fmt::format("the key \"{}\" stands twice; keep one", key)));
  }
  RequestBody body;
  body.bytes = bytes;
  body.input_tokens = walk.tokens(bytes);
  body.caches_prompt = walk.caches_prompt();
  body.unbounded = walk.unbounded();
  Reader reader(body);
  std::size_t index = 0;
  for (auto [key, value] : members) CHECK_OK(reader.member(index++, key, value));
  if (body.model.empty()) {
    return std::unexpected(
        invalid("body.invalid", "/model", "name the model, or \"auto\" for the tenant's route"));
  }
  return body;
}

}  // namespace

Result<RequestBody> RequestBody::parse(std::string_view bytes) {
  if (bytes.empty())
    return std::unexpected(invalid("json.malformed", "/", "the body is empty; send a JSON object"));
  if (bytes.size() > kKeptParserBytes) {
    dom::parser once;
    return read(once, bytes);
  }
  thread_local dom::parser kept;
  return read(kept, bytes);
}

}  // namespace bailiwick::routing
