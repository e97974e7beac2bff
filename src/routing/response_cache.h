// ResponseCache: answers that a tenant's models gave, given again to the same request of the same tenant.
//
// Each tenant has one of its own, so that no answer can reach another by any fault in a key. An answer is
// found by the hash of everything that shaped it: program, API, every byte of the body, the headers that the
// provider reads, and the revision of the tenant's files and rules. It lives in memory alone, for as long as
// the tenant's `cache` says; least recently used answers make room. Safe from any thread.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "crypto/hash.h"
#include "net/http.h"

namespace bailiwick::routing {

/// Memory that the answers of all tenants share. No tenant gets more than a quarter of it; one that finds
/// none left makes room among its own.
class CacheSpace {
 public:
  explicit CacheSpace(std::int64_t most) : most_(most) {}
  std::int64_t most_of_one() const { return most_ / 4; }
  std::int64_t free() const { return most_ - used_.load(std::memory_order_relaxed); }
  bool take(std::int64_t bytes);
  void give_back(std::int64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::int64_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const std::int64_t most_;
  std::atomic<std::int64_t> used_{0};
};

/// What a request's `Cache-Control` asks for.
struct CacheWishes {
  bool look = true;                                            ///< `no-cache`, `no-store`: do not
  bool store = true;                                           ///< `no-store`: do not
  bool only = false;                                           ///< `only-if-cached`
  std::chrono::seconds oldest = std::chrono::hours(24 * 365);  ///< `max-age`

  static CacheWishes of(const net::Headers& headers);
};

class ResponseCache {
 public:
  static constexpr std::size_t kLargestAnswer = 1 << 20;

  using Key = crypto::Digest;
  struct Answer {
    std::string body;
    std::string content_type;
    bool streams = false;
    std::string provider;
    std::string model;
    std::string revision;  ///< of the tenant's files; by another the key is another
    MonoTime since;        ///< when it was given first
    MonoTime until;
  };
  using AnswerPtr = std::shared_ptr<const Answer>;

  explicit ResponseCache(CacheSpace& space) : space_(space) {}
  ~ResponseCache();
  ResponseCache(const ResponseCache&) = delete;
  ResponseCache& operator=(const ResponseCache&) = delete;

  /// Null: not known, or too old for the caller.
  AnswerPtr find(const Key& key, std::chrono::seconds oldest, MonoTime now);
  /// Keeps it, if it fits into `most` bytes and into what all share.
  void put(const Key& key, Answer answer, std::int64_t most, MonoTime now);
  /// How many there were.
  std::int64_t clear();
  /// Drops what nobody will be given: answers past their time, and those of other files than `revision`'s.
  void sweep(std::string_view revision, MonoTime now);

  struct View {
    std::int64_t answers = 0;
    std::int64_t bytes = 0;
    std::int64_t hits = 0;
    std::int64_t misses = 0;
  };
  View view() const;

 private:
  struct Kept {
    Key key;
    AnswerPtr answer;
    std::int64_t bytes;
  };
  using Kepts = std::list<Kept>;
  struct ByFirstBytes {
    std::size_t operator()(const Key& key) const;
  };
  void drop(Kepts::iterator kept) BW_REQUIRES(mutex_);
  /// Those at the end of their time, and of the others the least recently used, until `bytes` fit.
  bool make_room(std::int64_t bytes, std::int64_t most, MonoTime now) BW_REQUIRES(mutex_);

  CacheSpace& space_;
  mutable Mutex mutex_;
  Kepts kept_ BW_GUARDED_BY(mutex_);  ///< most recently used first
  std::unordered_map<Key, Kepts::iterator, ByFirstBytes> by_key_ BW_GUARDED_BY(mutex_);
  std::int64_t bytes_ BW_GUARDED_BY(mutex_) = 0;
  std::int64_t hits_ BW_GUARDED_BY(mutex_) = 0;
  std::int64_t misses_ BW_GUARDED_BY(mutex_) = 0;
};

/// Everything that shaped an answer, hashed. Lengths stand between the parts, so that none runs into the
/// next.
ResponseCache::Key cache_key(std::initializer_list<std::string_view> parts);

}  // namespace bailiwick::routing
