#include "cli/soak/chat_call.h"

#include <charconv>

namespace bailiwick::cli {

using std::chrono::milliseconds;

std::optional<milliseconds> pause_before_retry(int status, std::string_view retry_after, int attempt,
                                               double luck) {
  if (status != 429 && status != 503) return std::nullopt;
  constexpr double kMostSeconds = 3600;
  double seconds = 0;
  auto [end, error] = std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds);
  bool said = !retry_after.empty() && error == std::errc() && end == retry_after.data() + retry_after.size();
  if (!said || !(seconds >= 0)) seconds = static_cast<double>(1ull << std::min(attempt - 1, 12));
  seconds = std::min(seconds, kMostSeconds) * (1 + luck / 2);
  return std::chrono::ceil<milliseconds>(std::chrono::duration<double>(seconds));
}

std::string chat_body(const RequestKind& kind) {
  constexpr std::string_view kWords = "When must visitors of the ward wash their hands? ";
  std::string prompt;
  prompt.reserve(static_cast<std::size_t>(kind.prompt_bytes) + kWords.size());
  while (prompt.size() < static_cast<std::size_t>(kind.prompt_bytes)) prompt += kWords;
  prompt.resize(static_cast<std::size_t>(kind.prompt_bytes));
  json::object message{{"role", "user"}, {"content", json::string(prompt)}};
  json::object body{{"model", json::string(kind.model)},
                    {"max_tokens", kind.max_tokens},
                    {"messages", json::array{std::move(message)}}};
  if (kind.stream) body["stream"] = true;
  return json::serialize(body);
}

}  // namespace bailiwick::cli
