#include "routing/translation/refusals.h"

#include <fmt/format.h>

#include "base/excerpt.h"

namespace bailiwick::routing::translation {
namespace {

// A body of a thousand faults is as wrong as one of twenty.
constexpr std::size_t kMostProblems = 20;

}  // namespace

void Refusals::add(std::string pointer, std::string message) {
  if (problems_.size() < kMostProblems) problems_.push_back({std::move(pointer), std::move(message)});
}

void Refusals::unsupported(std::string pointer, std::string_view what) {
  add(std::move(pointer), fmt::format("{} has no place in {}", what, api_name(target_)));
}

void Refusals::malformed(std::string pointer, std::string_view what) {
  malformed_ = true;
  add(std::move(pointer), std::string(what));
}

Error Refusals::error() const {
  BW_CHECK(!problems_.empty());
  Error error = malformed_
                    ? Error(ErrorCode::kInvalid, "body.invalid", "the request is not what its API takes")
                    : Error(ErrorCode::kInvalid, "translation.unsupported",
                            fmt::format("the request cannot be put to {} without changing what it means; "
                                        "leave out what is named, or call a model that takes it",
                                        api_name(target_)));
  error.problems = problems_;
  return error;
}

std::string below(std::string_view pointer, std::string_view key) {
  std::string out = fmt::format("{}/", pointer);
  for (char c : excerpt(key)) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

std::string below(std::string_view pointer, std::size_t index) {
  return fmt::format("{}/{}", pointer, index);
}

}  // namespace bailiwick::routing::translation
