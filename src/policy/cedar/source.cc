#include "policy/cedar/source.h"

#include <algorithm>

#include <fmt/format.h>

namespace bailiwick::cedar {

Source::Source(std::string_view name, std::string_view text) : name_(name), text_(text), line_starts_{0} {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    line_starts_.push_back(static_cast<std::uint32_t>(at + 1));
  }
}

Source::Source(std::string_view name, std::string_view text, Places places) : Source(name, text) {
  places_ = std::move(places);
}

std::string Source::place(std::uint32_t offset) const {
  if (places_) return places_(offset);
  auto line = std::ranges::upper_bound(line_starts_, offset) - line_starts_.begin();
  return fmt::format("{}:{}:{}", name_, line, offset - line_starts_[static_cast<std::size_t>(line - 1)] + 1);
}

void Source::report(Span span, std::string message) {
  if (problems_.size() >= kMaxProblems) return;
  problems_.push_back({place(span.begin), std::move(message)});
}

std::unexpected<Error> Source::failure(std::string_view reason, std::string message) const {
  Error error(ErrorCode::kInvalid, reason, std::move(message));
  error.problems = problems_;
  return std::unexpected(std::move(error));
}

}  // namespace bailiwick::cedar
