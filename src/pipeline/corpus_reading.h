// Reading a corpus from a loop: at once when it is in memory and small, else on the blocking pool.
#pragma once

#include "net/blocking.h"
#include "net/loop.h"
#include "pipeline/tenant_corpora.h"

namespace bailiwick::pipeline {

/// More passages than this take milliseconds to search: too long for a loop.
inline constexpr std::size_t kMostPassagesOnLoop = 200'000;

/// Runs `read(const retrieval::Corpus&)`, which returns a value, and gives that. `load()` puts the corpus in
/// memory.
template <class Load, class Read>
net::Task<Result<std::invoke_result_t<Read, const retrieval::Corpus&>>> read_corpus(
    TenantCorpusPtr corpus, retrieval::ChunkLimits limits, net::Loop& loop, Load load, Read read) {
  using Value = std::invoke_result_t<Read, const retrieval::Corpus&>;
  auto small_only = [&](const retrieval::Corpus& whole) -> std::optional<Value> {
    if (whole.chunks() > kMostPassagesOnLoop) return std::nullopt;
    return read(whole);
  };
  if (auto done = corpus->read(limits, small_only); done && *done) co_return std::move(**done);
  auto work = [&]() -> Result<Value> {
    // Between loading and reading, a busy server may have made room for others; that does not go on for ever.
    constexpr int kAttempts = 5;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      if (auto done = corpus->read(limits, read)) return std::move(*done);
      CHECK_OK(load());
    }
    return fail(ErrorCode::kUnavailable, "corpus.memory",
                "the server has no memory for this corpus; try again shortly");
  };
  co_return co_await loop.blocking.run(work);
}

}  // namespace bailiwick::pipeline
