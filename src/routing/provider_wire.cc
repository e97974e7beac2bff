#include "routing/provider_wire.h"

#include <algorithm>

#include <fmt/format.h>

#include "routing/aws_signature.h"

namespace bailiwick::routing {

using translation::Dialect;

Dialect spoken_at(Endpoint endpoint) {
  return dialect_of(endpoint) == ProviderKind::kAnthropic ? Dialect::kAnthropic : Dialect::kOpenAi;
}

Dialect spoken_by(ProviderKind kind) {
  switch (kind) {
    case ProviderKind::kAnthropic:
      return Dialect::kAnthropic;
    case ProviderKind::kBedrock:
      return Dialect::kBedrock;
    case ProviderKind::kGemini:
    case ProviderKind::kVertex:
      return Dialect::kGemini;
    case ProviderKind::kOpenAi:
    case ProviderKind::kAzure:
    case ProviderKind::kLocal:
      break;
  }
  return Dialect::kOpenAi;
}

bool translates(Endpoint endpoint, ProviderKind kind) {
  return writes_output(endpoint) && kind != ProviderKind::kLocal && spoken_at(endpoint) != spoken_by(kind);
}

namespace {

/// The provider's own endpoint for what was asked at `endpoint`.
Endpoint asked_at(Endpoint endpoint, ProviderKind kind) {
  if (!translates(endpoint, kind)) return endpoint;
  return spoken_by(kind) == Dialect::kAnthropic ? Endpoint::kMessages : Endpoint::kChatCompletions;
}

}  // namespace

std::string upstream_path(const PlannedTarget& target, Endpoint endpoint, Delivery delivery) {
  std::string_view path = path_of(asked_at(endpoint, target.kind()));
  bool streams = delivery == Delivery::kStream;
  auto model = [&target] { return percent_encoded(target.model()); };
  switch (target.kind()) {
    case ProviderKind::kAzure: {
      std::string_view version = target.provider->api_version;
      if (version.empty()) return fmt::format("/openai/v1{}", path);
      return fmt::format("/openai/deployments/{}{}?api-version={}", model(), path, percent_encoded(version));
    }
    case ProviderKind::kBedrock:
      return fmt::format("/model/{}/{}", model(), streams ? "converse-stream" : "converse");
    case ProviderKind::kGemini:
    case ProviderKind::kVertex:
      return fmt::format("/models/{}:{}", model(),
                         streams ? "streamGenerateContent?alt=sse" : "generateContent");
    case ProviderKind::kOpenAi:
    case ProviderKind::kAnthropic:
    case ProviderKind::kLocal:
      break;
  }
  return std::string(path);
}

namespace {

Status sign(const PlannedProvider& provider, std::string_view key, WallTime now,
            net::ClientRequest& request) {
  TRY(AwsCredentials credentials, AwsCredentials::parse(key));
  std::string authority = provider.origin->authority();
  std::string path = provider.origin->base_path + request.path;
  sign_aws_request({.method = request.method, .host = authority, .path = path, .body = request.body},
                   credentials, {.region = provider.facts.region, .service = "bedrock"}, now,
                   request.headers);
  return {};
}

}  // namespace

Status authorize(const PlannedProvider& provider, std::string_view key, const Clock& clock,
                 net::ClientRequest& request) {
  switch (provider.kind) {
    case ProviderKind::kOpenAi:
    case ProviderKind::kVertex:
      request.headers.add("Authorization", std::string("Bearer ").append(key));
      break;
    case ProviderKind::kAnthropic:
      request.headers.add("x-api-key", key);
      break;
    case ProviderKind::kAzure:
      request.headers.add("api-key", key);
      break;
    case ProviderKind::kGemini:
      request.headers.add("x-goog-api-key", key);
      break;
    case ProviderKind::kBedrock:
      return sign(provider, key, clock.wall(), request);
    case ProviderKind::kLocal:
      break;
  }
  return {};
}

bool is_stream(ProviderKind kind, const net::Headers& headers) {
  std::string_view wanted =
      kind == ProviderKind::kBedrock ? "application/vnd.amazon.eventstream" : "text/event-stream";
  return detail::name_starts_with(headers.get("content-type"), wanted);
}

bool refuses_key(ProviderKind kind, int status, std::string_view body) {
  bool google = kind == ProviderKind::kGemini || kind == ProviderKind::kVertex;
  return status == 401 || status == 403 ||
         (google && status == 400 && body.find("API_KEY_INVALID") != std::string_view::npos);
}

bool shows_key(ProviderKind kind, std::string_view key, std::string_view text) {
  return std::ranges::any_of(secret_parts(kind, key), [text](std::string_view part) {
    return !part.empty() && text.find(part) != std::string_view::npos;
  });
}

std::array<std::string_view, 2> secret_parts(ProviderKind kind, std::string_view key) {
  if (kind != ProviderKind::kBedrock) return {key};
  auto credentials = AwsCredentials::parse(key);
  if (!credentials) return {key};
  return {credentials->secret_key, credentials->session_token};
}

}  // namespace bailiwick::routing
