#include "routing/secret.h"

#include <cstdlib>

#include <fmt/format.h>

#include "base/files.h"
#include "base/log.h"

namespace bailiwick::routing {
namespace {

constexpr std::string_view kEnvironment = "env:";
constexpr std::string_view kFile = "file:";
constexpr std::chrono::seconds kLookEvery{1};
constexpr std::size_t kLongest = 8192;

}  // namespace

std::unexpected<Error> Secret::unusable(std::string_view why) const {
  return fail(ErrorCode::kUnavailable, "provider.credential",
              "the provider's key cannot be read; the operator finds the reason in the log",
              fmt::format("{}: {}", reference_, why));
}

Result<Secret::Value> Secret::value(MonoTime now) {
  MutexLock lock(mutex_);
  if (value_ && now < look_again_) return value_;
  auto fresh = refresh();
  if (fresh) {
    value_ = *fresh;
  } else if (value_) {
    // A file that is being replaced is briefly not there; the key that worked still does.
    log_warn("provider.credential", {{"detail", fresh.error().detail}});
    fresh = value_;
  }
  look_again_ = now + kLookEvery;
  return fresh;
}

Result<Secret::Value> Secret::refresh() {
  std::string_view reference = reference_;
  if (reference.starts_with(kEnvironment)) {
    if (value_) return value_;
    const char* text = std::getenv(std::string(reference.substr(kEnvironment.size())).c_str());
    return text == nullptr ? unusable("not set") : accept(text);
  }
  if (!reference.starts_with(kFile)) return unusable("expected env:NAME or file:/path");
  std::filesystem::path path = reference.substr(kFile.size());
  std::error_code error;
  auto written = std::filesystem::last_write_time(path, error);
  if (error) return unusable(error.message());
  if (value_ && written == read_from_) return value_;
  auto text = read_file(path, kLongest);
  if (!text) return unusable(text.error().message);
  TRY(Value value, accept(std::move(*text)));
  read_from_ = written;
  return value;
}

Result<Secret::Value> Secret::accept(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  if (text.empty()) return unusable("empty");
  if (text.size() > kLongest) return unusable("too long for a key");
  // It becomes a header value; a line break in it would become a header of its own.
  for (unsigned char c : text) {
    if (c <= 0x20 || c >= 0x7f) return unusable("holds a character that no key has");
  }
  return std::make_shared<const std::string>(std::move(text));
}

}  // namespace bailiwick::routing
