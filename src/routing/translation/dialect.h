// Dialect: the model APIs that a conversation can be written in. Callers speak the first two.
#pragma once

#include <string_view>

namespace bailiwick::routing::translation {

enum class Dialect { kOpenAi, kAnthropic, kGemini, kBedrock };

/// As an error names it.
constexpr std::string_view api_name(Dialect dialect) {
  switch (dialect) {
    case Dialect::kOpenAi:
      return "OpenAI's chat completions";
    case Dialect::kAnthropic:
      return "Anthropic's messages";
    case Dialect::kGemini:
      return "Gemini's generateContent";
    case Dialect::kBedrock:
      return "Bedrock's Converse";
  }
  return {};
}

}  // namespace bailiwick::routing::translation
