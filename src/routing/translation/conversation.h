// Conversation: a request for an answer, in no dialect: the hub that every codec reads into or writes from.
//
// It holds what the dialects have in common and what some of them have, each with the place in the caller's
// body that an error names. Turns alternate: what one side says in a row is one turn.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "routing/translation/dialect.h"

namespace bailiwick::routing::translation {

/// What a caller said, and the JSON pointer of where.
template <class T>
struct Given {
  T value;
  std::string at;
};

struct Text {
  std::string text;
};

struct Image {
  enum class Kind { kBase64, kUrl };
  Kind kind = Kind::kBase64;
  std::string media_type;  ///< of kBase64: `image/png`
  std::string data;        ///< base64, or the URL
  std::string at;
};

/// A PDF, as bytes.
struct Document {
  std::string name;  ///< may be empty
  std::string data;  ///< base64
  std::string at;
};

struct ToolCall {
  std::string id;
  std::string name;
  json::object input;
  std::string at;
};

struct ToolResult {
  std::string call_id;
  std::vector<std::variant<Text, Image>> content;
  bool failed = false;
  std::string at;
};

using Part = std::variant<Text, Image, Document, ToolCall, ToolResult>;

enum class Role { kUser, kAssistant };

struct Turn {
  Role role = Role::kUser;
  std::vector<Part> parts;
  std::string at;
};

struct Tool {
  std::string name;
  std::string description;
  json::object schema;
  bool strict = false;  ///< calls must fit the schema
  std::string at;
};

struct ToolChoice {
  enum class Kind { kAuto, kNone, kAny, kNamed };
  Kind kind = Kind::kAuto;
  std::string name;  ///< of kNamed
  std::string at;
};

/// What shape the answer's text must have.
struct Format {
  enum class Kind { kJsonObject, kJsonSchema };
  Kind kind = Kind::kJsonObject;
  std::string name;
  std::string description;
  json::object schema;
  bool strict = false;
  std::string at;
};

/// How much a model thinks before it answers.
enum class Effort { kNone, kMinimal, kLow, kMedium, kHigh, kExtraHigh, kMax };

struct Conversation {
  Dialect caller = Dialect::kOpenAi;
  std::vector<std::string> system;
  std::vector<Turn> turns;
  std::vector<Tool> tools;
  std::optional<ToolChoice> tool_choice;
  std::optional<Given<bool>> parallel_tool_calls;
  std::optional<Given<double>> temperature;
  std::optional<Given<double>> top_p;
  std::optional<Given<std::int64_t>> top_k;
  std::optional<Given<double>> frequency_penalty;
  std::optional<Given<double>> presence_penalty;
  std::optional<Given<std::int64_t>> seed;  ///< a hint: no API promises the same answer twice
  std::vector<std::string> stop;
  std::string stop_at;
  std::optional<std::int64_t> max_tokens;
  Given<std::int64_t> choices{1, "/n"};
  std::optional<Format> format;
  std::optional<Given<Effort>> effort;
  std::optional<Given<std::int64_t>> thinking_budget;  ///< tokens; -1 = as many as the model likes
  bool stream = false;

  /// Adds to the last turn when the same side goes on. Empty texts say nothing and are left out.
  void say(Role role, Part part, std::string_view at);
};

/// In small letters, and `image/jpeg` by its right name.
std::string image_type(std::string_view type);
/// `data:image/png;base64,…` or another URL.
Image image_at(std::string_view url, std::string at);
inline constexpr std::string_view kDocumentType = "application/pdf";
/// The base64 of `data:application/pdf;base64,…`; nothing of another URL.
std::optional<std::string_view> document_at(std::string_view url);

/// A call's id as every API takes it: the caller's own when it is of at most 40 letters, digits, `_` and
/// `-`, else one that is made of it.
std::string portable_call_id(std::string_view id);
/// One for a call that its upstream gave none: the same for the same request and place.
std::string made_call_id(std::string_view request_id, std::size_t number);

/// The target's name of an effort, or empty where it has none.
std::string_view openai_effort(Effort effort);
std::string_view anthropic_effort(Effort effort);
std::optional<Effort> parse_effort(std::string_view name);

}  // namespace bailiwick::routing::translation
