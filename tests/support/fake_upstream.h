// FakeUpstream: a model provider in this process that plays a script and remembers what it was asked.
#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "net/pause.h"
#include "net/server.h"

namespace bailiwick::testing_support {

/// One answer. With `chunks` it is streamed, a pause before each; without, it is `body`.
struct Script {
  int status = 200;
  std::string body;
  std::vector<std::string> chunks;
  std::chrono::milliseconds pause{0};  ///< before the answer, and before each chunk
  enum class End { kFinish, kBreakOff, kHang } end = End::kFinish;
  net::Headers headers;
};

/// A request as it arrived.
struct Seen {
  std::string path;
  std::string target;  ///< path and query, as sent
  net::Headers headers;
  std::string body;
};

class FakeUpstream {
 public:
  FakeUpstream() : server_({}, [this](net::Exchange& exchange) { return serve(exchange); }) {
    if (!server_.start()) throw std::runtime_error("the fake upstream cannot listen");
  }
  ~FakeUpstream() { server_.drain(std::chrono::milliseconds(0)); }

  /// Plays these in order; the last one is repeated.
  void play(std::vector<Script> scripts) {
    MutexLock lock(mutex_);
    scripts_.assign(scripts.begin(), scripts.end());
  }
  std::vector<Seen> seen() const {
    MutexLock lock(mutex_);
    return seen_;
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

 private:
  net::Task<void> pause(net::Exchange& exchange, std::chrono::milliseconds duration) {
    if (duration.count() == 0) co_return;
    co_await net::pause(exchange.loop(), duration);
  }

  Script take(Seen request) {
    MutexLock lock(mutex_);
    seen_.push_back(std::move(request));
    Script script = scripts_.empty() ? Script{} : scripts_.front();
    if (scripts_.size() > 1) scripts_.pop_front();
    return script;
  }

  net::Task<void> serve(net::Exchange& exchange) {
    auto body = co_await exchange.read_body(64 << 20);
    Script script = take({exchange.head().path, exchange.head().target, exchange.head().headers,
                          std::string(body.value_or(""))});
    net::Headers headers = script.headers;
    bool streams = !script.chunks.empty();
    if (!headers.find("Content-Type")) {
      headers.add("Content-Type", streams ? "text/event-stream" : "application/json");
    }
    co_await pause(exchange, script.pause);
    if (!streams) {
      if (script.end == Script::End::kBreakOff)
        exchange.abort();
      else
        (void)co_await exchange.respond(script.status, headers, script.body);
      co_return;
    }
    (void)co_await exchange.start_stream(script.status, headers);
    for (const std::string& chunk : script.chunks) {
      if (!co_await exchange.write(chunk)) co_return;
      co_await pause(exchange, script.pause);
    }
    if (script.end == Script::End::kHang) co_await pause(exchange, std::chrono::seconds(5));
    if (script.end == Script::End::kFinish)
      (void)co_await exchange.finish();
    else
      exchange.abort();
  }

  mutable Mutex mutex_;
  std::deque<Script> scripts_ BW_GUARDED_BY(mutex_);
  std::vector<Seen> seen_ BW_GUARDED_BY(mutex_);
  net::Server server_;
};

}  // namespace bailiwick::testing_support
