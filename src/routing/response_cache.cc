#include "routing/response_cache.h"

#include <charconv>
#include <cstring>

namespace bailiwick::routing {
namespace {

// What an answer costs beside its texts: its node, its place in the index, its control block.
constexpr std::int64_t kOverhead = 320;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

void heed(CacheWishes& wishes, std::string_view directive) {
  std::string_view name = trimmed(directive.substr(0, directive.find('=')));
  if (net::equals_ignoring_case(name, "no-store")) wishes.look = wishes.store = false;
  if (net::equals_ignoring_case(name, "no-cache")) wishes.look = false;
  if (net::equals_ignoring_case(name, "only-if-cached")) wishes.only = true;
  if (!net::equals_ignoring_case(name, "max-age") || name.size() == directive.size()) return;
  std::string_view value = trimmed(directive.substr(directive.find('=') + 1));
  std::uint32_t seconds = 0;
  // A number that makes no sense is taken for the strictest.
  if (std::from_chars(value.data(), value.data() + value.size(), seconds).ec != std::errc()) seconds = 0;
  wishes.oldest = std::min(wishes.oldest, std::chrono::seconds(seconds));
}

}  // namespace

bool CacheSpace::take(std::int64_t bytes) {
  std::int64_t used = used_.load(std::memory_order_relaxed);
  while (used + bytes <= most_) {
    if (used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed)) return true;
  }
  return false;
}

CacheWishes CacheWishes::of(const net::Headers& headers) {
  CacheWishes wishes;
  for (const net::HeaderField& field : headers) {
    if (!net::equals_ignoring_case(field.name, "cache-control")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      std::size_t comma = std::min(rest.find(','), rest.size());
      heed(wishes, rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return wishes;
}

std::size_t ResponseCache::ByFirstBytes::operator()(const Key& key) const {
  std::size_t hash = 0;
  std::memcpy(&hash, key.data(), sizeof hash);
  return hash;
}

ResponseCache::~ResponseCache() {
  clear();
}

ResponseCache::AnswerPtr ResponseCache::find(const Key& key, std::chrono::seconds oldest, MonoTime now) {
  MutexLock lock(mutex_);
  auto found = by_key_.find(key);
  if (found != by_key_.end() && found->second->answer->until <= now) {
    drop(found->second);
    found = by_key_.end();
  }
  if (found == by_key_.end() || now - found->second->answer->since > oldest) {
    ++misses_;
    return nullptr;
  }
  ++hits_;
  kept_.splice(kept_.begin(), kept_, found->second);
  return found->second->answer;
}

void ResponseCache::put(const Key& key, Answer answer, std::int64_t most, MonoTime now) {
  if (answer.body.size() > kLargestAnswer) return;
  auto bytes =
      static_cast<std::int64_t>(answer.body.size() + answer.content_type.size() + answer.provider.size() +
                                answer.model.size() + answer.revision.size()) +
      kOverhead;
  auto made = std::make_shared<const Answer>(std::move(answer));
  MutexLock lock(mutex_);
  if (auto known = by_key_.find(key); known != by_key_.end()) drop(known->second);
  if (!make_room(bytes, most, now)) return;
  kept_.push_front({key, std::move(made), bytes});
  by_key_.emplace(key, kept_.begin());
  bytes_ += bytes;
}

bool ResponseCache::make_room(std::int64_t bytes, std::int64_t most, MonoTime now) {
  most = std::min(most, space_.most_of_one());
  // What would not fit after all of its own had gone throws none of them out.
  if (bytes > most || bytes > bytes_ + space_.free()) return false;
  while (!kept_.empty() && (kept_.back().answer->until <= now || bytes_ + bytes > most))
    drop(std::prev(kept_.end()));
  while (!space_.take(bytes)) {
    if (kept_.empty()) return false;
    drop(std::prev(kept_.end()));
  }
  return true;
}

void ResponseCache::drop(Kepts::iterator kept) {
  space_.give_back(kept->bytes);
  bytes_ -= kept->bytes;
  by_key_.erase(kept->key);
  kept_.erase(kept);
}

std::int64_t ResponseCache::clear() {
  MutexLock lock(mutex_);
  auto forgotten = static_cast<std::int64_t>(kept_.size());
  while (!kept_.empty()) drop(kept_.begin());
  return forgotten;
}

void ResponseCache::sweep(std::string_view revision, MonoTime now) {
  MutexLock lock(mutex_);
  for (auto kept = kept_.begin(); kept != kept_.end();) {
    auto next = std::next(kept);
    if (kept->answer->until <= now || kept->answer->revision != revision) drop(kept);
    kept = next;
  }
}

ResponseCache::View ResponseCache::view() const {
  MutexLock lock(mutex_);
  return {
      .answers = static_cast<std::int64_t>(kept_.size()), .bytes = bytes_, .hits = hits_, .misses = misses_};
}

ResponseCache::Key cache_key(std::initializer_list<std::string_view> parts) {
  crypto::Sha256 hash;
  for (std::string_view part : parts) {
    std::uint64_t size = part.size();
    hash.update(std::string_view(reinterpret_cast<const char*>(&size), sizeof size)).update(part);
  }
  return hash.finish();
}

}  // namespace bailiwick::routing
