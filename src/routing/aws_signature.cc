#include "routing/aws_signature.h"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.h"
#include "crypto/hash.h"

namespace bailiwick::routing {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

/// `20150830T123600Z`
std::string stamp(WallTime now) {
  auto second = std::chrono::floor<std::chrono::seconds>(now);
  auto day = std::chrono::floor<std::chrono::days>(second);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss time(second - day);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// Without blanks around, and with one where there were several.
std::string squeezed(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

/// Every service but S3 wants the path encoded once more than it is sent.
std::string canonical_path(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    std::size_t end = std::min(path.find('/'), path.size());
    out += percent_encoded(path.substr(0, end));
    if (end < path.size()) out += '/';
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out.empty() ? "/" : out;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string_view, std::string_view>> parameters;
  while (!query.empty()) {
    std::size_t end = std::min(query.find('&'), query.size());
    std::string_view one = query.substr(0, end);
    std::size_t equals = std::min(one.find('='), one.size());
    parameters.emplace_back(one.substr(0, equals), one.substr(std::min(equals + 1, one.size())));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  std::ranges::sort(parameters);
  std::string out;
  for (auto [name, value] : parameters) out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, value);
  return out;
}

struct CanonicalHeaders {
  std::string lines;
  std::string names;
};

CanonicalHeaders canonical_headers(const AwsRequest& request, const net::Headers& headers) {
  std::map<std::string, std::string> kept{{"host", std::string(request.host)}};
  for (const net::HeaderField& field : headers) {
    std::string name = lower(field.name);
    if (name == "content-type" || name.starts_with("x-amz-")) kept.emplace(name, squeezed(field.value));
  }
  CanonicalHeaders out;
  for (const auto& [name, value] : kept) {
    out.lines += fmt::format("{}:{}\n", name, value);
    out.names += fmt::format("{}{}", out.names.empty() ? "" : ";", name);
  }
  return out;
}

std::string hex_of(std::string_view text) {
  return crypto::to_hex(crypto::sha256(text));
}

crypto::Digest signing_key(std::string_view secret, std::string_view day, const AwsScope& scope) {
  std::string first = fmt::format("AWS4{}", secret);
  crypto::Digest key = crypto::hmac_sha256(crypto::as_bytes(first), day);
  for (std::string_view part : {scope.region, scope.service, std::string_view("aws4_request")})
    key = crypto::hmac_sha256(key, part);
  return key;
}

}  // namespace

Result<AwsCredentials> AwsCredentials::parse(std::string_view text) {
  std::size_t first = text.find(':');
  AwsCredentials out;
  if (first != std::string_view::npos) {
    out.access_key = text.substr(0, first);
    std::string_view rest = text.substr(first + 1);
    std::size_t second = std::min(rest.find(':'), rest.size());
    out.secret_key = rest.substr(0, second);
    out.session_token = rest.substr(std::min(second + 1, rest.size()));
  }
  if (out.access_key.empty() || out.secret_key.empty()) {
    return fail(ErrorCode::kUnavailable, "provider.credential",
                "the provider's key cannot be read; the operator finds the reason in the log",
                "expected ACCESS_KEY:SECRET or ACCESS_KEY:SECRET:SESSION_TOKEN");
  }
  return out;
}

void sign_aws_request(const AwsRequest& request, const AwsCredentials& credentials, const AwsScope& scope,
                      WallTime now, net::Headers& headers) {
  std::string time = stamp(now);
  std::string_view day = std::string_view(time).substr(0, 8);
  headers.set("X-Amz-Date", time);
  if (!credentials.session_token.empty()) headers.set("X-Amz-Security-Token", credentials.session_token);
  CanonicalHeaders signed_headers = canonical_headers(request, headers);
  std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, canonical_path(request.path),
                                      canonical_query(request.query), signed_headers.lines,
                                      signed_headers.names, hex_of(request.body));
  std::string holds_for = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  std::string to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, holds_for, hex_of(canonical));
  std::string signature =
      crypto::to_hex(crypto::hmac_sha256(signing_key(credentials.secret_key, day, scope), to_sign));
  headers.set("Authorization",
              fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                          credentials.access_key, holds_for, signed_headers.names, signature));
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    if (is_letter_or_digit(static_cast<char>(c)) || c == '-' || c == '_' || c == '.' || c == '~')
      out += static_cast<char>(c);
    else
      out += fmt::format("%{:02X}", c);
  }
  return out;
}

}  // namespace bailiwick::routing
