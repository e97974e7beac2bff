// Payload: what is put to whichever target a route comes to: a caller's own request, or a prompt of ours.
#pragma once

#include <optional>
#include <string>

#include "net/http.h"
#include "routing/request_body.h"
#include "routing/route_plan.h"

namespace bailiwick::routing {

/// What decides how much is reserved.
struct PayloadFacts {
  std::int64_t input_tokens = 0;           ///< estimate on the high side
  std::optional<std::int64_t> max_tokens;  ///< of one choice; what the request or its route says
  std::int64_t choices = 1;
  bool stream = false;
  bool caches_prompt = false;
};

class Payload {
 public:
  virtual ~Payload() = default;
  /// For asking two targets at once: bodies are written into the payload.
  virtual std::unique_ptr<Payload> clone() const = 0;
  virtual std::string_view model() const = 0;
  virtual Speakers speakers() const = 0;
  virtual Endpoint endpoint(const PlannedTarget& target) const = 0;
  virtual PayloadFacts facts(const PlannedTarget& target) const = 0;
  /// The body for one target, in its dialect; lives until the next call. With `output_bound` the upstream is
  /// told to stop there. Errors: kInvalid `translation.unsupported` when the target cannot be told all of it.
  virtual Result<std::string_view> body_for(const PlannedTarget& target,
                                            std::optional<std::int64_t> output_bound) = 0;
  virtual void forward_headers(const PlannedTarget& target, net::Headers& to_upstream) const = 0;
  /// We asked for the usage chunk, the caller did not.
  virtual bool strips_usage() const = 0;
  virtual bool reports_usage() const = 0;
  /// What of it may cost more than tokens of a known number; empty = nothing.
  virtual std::string_view unbounded() const = 0;
  virtual Result<std::vector<Message>> messages() const = 0;
};

/// A caller's request passes as the bytes it came in, but for what a route has to change. To a target of
/// another dialect it goes translated, without the caller's headers, which mean nothing there.
class CallerPayload final : public Payload {
 public:
  /// `body.bytes` and `headers` outlive this.
  CallerPayload(Endpoint endpoint, RequestBody body, const net::Headers& headers)
      : endpoint_(endpoint), body_(std::move(body)), headers_(headers) {}

  std::unique_ptr<Payload> clone() const override { return std::make_unique<CallerPayload>(*this); }
  const RequestBody& body() const { return body_; }
  std::string_view model() const override { return body_.model; }
  Speakers speakers() const override { return speakers_of(endpoint_); }
  Endpoint endpoint(const PlannedTarget&) const override { return endpoint_; }
  PayloadFacts facts(const PlannedTarget& target) const override;
  Result<std::string_view> body_for(const PlannedTarget& target,
                                    std::optional<std::int64_t> output_bound) override;
  void forward_headers(const PlannedTarget& target, net::Headers& to_upstream) const override;
  bool strips_usage() const override;
  bool reports_usage() const override { return body_.reports_usage; }
  std::string_view unbounded() const override { return body_.unbounded; }
  Result<std::vector<Message>> messages() const override;

 private:
  bool is_auto() const { return body_.model == kAutoModel; }
  bool translates_for(const PlannedTarget& target) const;
  Status translate_for(const PlannedTarget& target, std::optional<std::int64_t> output_bound);

  Endpoint endpoint_;
  RequestBody body_;
  const net::Headers& headers_;
  std::string edited_;
};

/// A prompt of ours is written in the dialect of the target.
class PromptPayload final : public Payload {
 public:
  explicit PromptPayload(Prompt prompt) : prompt_(std::move(prompt)) {}
  std::unique_ptr<Payload> clone() const override { return std::make_unique<PromptPayload>(*this); }

  std::string_view model() const override { return kAutoModel; }
  Speakers speakers() const override { return Speakers::kAny; }
  Endpoint endpoint(const PlannedTarget& target) const override;
  PayloadFacts facts(const PlannedTarget& target) const override;
  Result<std::string_view> body_for(const PlannedTarget& target,
                                    std::optional<std::int64_t> output_bound) override;
  void forward_headers(const PlannedTarget& target, net::Headers& to_upstream) const override;
  bool strips_usage() const override { return false; }
  bool reports_usage() const override { return false; }
  std::string_view unbounded() const override { return {}; }
  Result<std::vector<Message>> messages() const override;

 private:
  Prompt bounded(const PlannedTarget& target) const;

  Prompt prompt_;
  std::string written_;
};

}  // namespace bailiwick::routing
