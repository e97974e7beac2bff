#include "cli/soak/fixed_upstream.h"

#include <fmt/format.h>

#include "net/pause.h"

namespace bailiwick::cli {
namespace {

constexpr std::size_t kMostBytes = 64 << 20;
constexpr std::string_view kUsage =
    R"("usage":{"prompt_tokens":100,"completion_tokens":16,"total_tokens":116})";

std::string whole_completion() {
  return fmt::format(R"({{"id":"chatcmpl-soak","object":"chat.completion","created":1750000000,)"
                     R"("model":"gpt-4o-mini","choices":[{{"index":0,"message":{{"role":"assistant",)"
                     R"("content":"Before and after every visit."}},"finish_reason":"stop"}}],{}}})",
                     kUsage);
}

std::string completion_chunk(std::string_view choices, std::string_view more) {
  return fmt::format(R"(data: {{"id":"chatcmpl-soak","object":"chat.completion.chunk","created":1750000000,)"
                     R"("model":"gpt-4o-mini","choices":[{}]{}}})"
                     "\n\n",
                     choices, more);
}

std::string last_completion_chunks() {
  return completion_chunk(R"({"index":0,"delta":{},"finish_reason":"stop"})", "") +
         completion_chunk("", "," + std::string(kUsage)) + "data: [DONE]\n\n";
}

}  // namespace

FixedUpstream::FixedUpstream(const SpawnedWorld& world)
    : delay_(world.upstream_delay),
      whole_(whole_completion()),
      chunk_(completion_chunk(R"({"index":0,"delta":{"content":"word "},"finish_reason":null})", "")),
      last_chunks_(last_completion_chunks()),
      chunks_(world.chunks),
      server_({}, [this](net::Exchange& exchange) { return serve(exchange); }) {}

FixedUpstream::~FixedUpstream() {
  server_.drain(std::chrono::milliseconds(0));
}

std::string FixedUpstream::base_url() const {
  return fmt::format("http://127.0.0.1:{}/v1", server_.port());
}

net::Task<void> FixedUpstream::serve(net::Exchange& exchange) {
  auto body = co_await exchange.read_body(kMostBytes);
  if (!body) co_return;
  bool streams = body->contains(R"("stream":true)");
  if (delay_.count() > 0) co_await net::pause(exchange.loop(), delay_);
  if (!streams) {
    net::Headers headers{{"Content-Type", "application/json"}};
    (void)co_await exchange.respond(200, headers, whole_);
    co_return;
  }
  net::Headers headers{{"Content-Type", "text/event-stream"}};
  if (!co_await exchange.start_stream(200, headers)) co_return;
  for (std::int64_t i = 0; i < chunks_; ++i) {
    if (!co_await exchange.write(chunk_)) co_return;
  }
  if (!co_await exchange.write(last_chunks_)) co_return;
  (void)co_await exchange.finish();
}

}  // namespace bailiwick::cli
