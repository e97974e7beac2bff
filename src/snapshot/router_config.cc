#include "snapshot/router_config.h"

#include <algorithm>

#include "base/ascii.h"

namespace bailiwick::snapshot {
namespace {

bool is_variable_name(std::string_view text) {
  auto word = [](char c) { return is_letter_or_digit(c) || c == '_'; };
  return !text.empty() && text.size() <= 128 && !is_digit(text.front()) && std::ranges::all_of(text, word);
}

bool is_absolute_path(std::string_view text) {
  bool printable = std::ranges::none_of(text, [](unsigned char c) { return c < ' ' || c == 0x7f; });
  return text.size() > 1 && text.size() <= 1024 && text.front() == '/' && printable &&
         text.find("/../") == std::string_view::npos && !text.ends_with("/..");
}

}  // namespace

Result<SecretRef> SecretRef::parse(std::string_view text) {
  bool good = (text.starts_with("env:") && is_variable_name(text.substr(4))) ||
              (text.starts_with("file:") && is_absolute_path(text.substr(5)));
  if (good) return SecretRef{std::string(text)};
  return fail(ErrorCode::kInvalid, "secret.inline",
              "a secret is never written here; name where it is: env:NAME or file:/absolute/path");
}

json::object SecretRef::schema() {
  return {{"type", "string"}, {"pattern", "^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$"}};
}

bool is_base_url(std::string_view text) {
  std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  if (scheme == 0) return false;
  std::string_view rest = text.substr(scheme);
  std::string_view host = rest.substr(0, rest.find('/'));
  bool printable = std::ranges::none_of(rest, [](unsigned char c) { return c <= ' ' || c >= 0x7f; });
  return printable && !host.empty() && host.front() != ':' &&
         rest.find_first_of("@?#\\") == std::string_view::npos;
}

std::vector<const RouteTarget*> RouterConfig::chain() const {
  std::vector<const RouteTarget*> targets;
  if (!routing.split)
    targets.push_back(&routing.primary);
  else
    for (const SplitTarget& target : routing.split->targets) targets.push_back(&target);
  if (routing.fallback) targets.push_back(&*routing.fallback);
  for (const RouteTarget& target : routing.fallbacks) targets.push_back(&target);
  return targets;
}

}  // namespace bailiwick::snapshot
