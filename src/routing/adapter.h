// ProviderAdapter: what differs between the dialects that callers speak, and upstreams for them. One object
// per dialect, without state.
#pragma once

#include <string>
#include <string_view>

#include "net/http.h"
#include "routing/endpoint.h"
#include "routing/local_model.h"

namespace bailiwick::routing {

/// A question of our own, put to whichever model a route names.
struct Prompt {
  std::string system;
  std::string user;
  std::optional<std::int64_t> max_tokens;
};

/// What the built-in answerer wrote, on its way into a dialect's shape.
struct LocalReply {
  std::string_view text;
  std::string_view model;
  std::string_view id;
  std::int64_t created = 0;  ///< seconds since 1970
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
};

class ProviderAdapter {
 public:
  virtual ~ProviderAdapter() = default;

  /// Copies those of the caller's headers that mean something to the upstream. Never a credential.
  virtual void forward(const net::Headers& from_caller, net::Headers& to_upstream) const = 0;
  /// The name of the member that bounds a model's output.
  virtual std::string_view output_bound_key(std::string_view model) const = 0;

  virtual Endpoint prompt_endpoint() const = 0;
  virtual std::string prompt_body(const Prompt& prompt, const snapshot::RouteTarget& target) const = 0;
  /// The text of a whole answer. Errors: kBadGateway `upstream.shape`.
  virtual Result<std::string> answer_text(std::string_view body) const = 0;

  /// The messages of a request body, flattened to text. Errors: kInvalid `body.invalid`.
  virtual Result<std::vector<Message>> messages(std::string_view body) const = 0;
  virtual std::string whole_reply(const LocalReply& reply) const = 0;
  /// The same as events; with the usage-only chunk when `usage` asks for it.
  enum class UsageEvent { kLeaveOut, kInclude };
  virtual std::string streamed_reply(const LocalReply& reply, UsageEvent usage) const = 0;
};

/// Of a kind whose dialect no caller speaks: OpenAI's, in which a prompt of ours is written before it is
/// translated. `local` has no upstream and so no adapter: asking for it is a broken invariant.
const ProviderAdapter& adapter_for(ProviderKind kind);

/// The answer's headers that may reach the caller. An upstream's account, cookies and server stay behind.
void copy_answer_headers(const net::Headers& from_upstream, net::Headers& to_caller);

namespace detail {
extern const ProviderAdapter& openai_adapter;
extern const ProviderAdapter& anthropic_adapter;
/// A message's `content`: text, or a list of parts whose texts are joined by line breaks.
std::string content_text(const json::value* content);
/// `messages` of a request, as both dialects write them. Errors: kInvalid `body.invalid`.
Result<std::vector<Message>> listed_messages(const json::object& request);
bool name_starts_with(std::string_view name, std::string_view lower_prefix);
/// One event with an optional name.
void append_event(std::string& out, std::string_view name, const json::value& data);
}  // namespace detail

}  // namespace bailiwick::routing
