#include "identity/token_table.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace bailiwick::identity {
namespace {

/// Of the hash what its shard does not say.
std::uint64_t mark_of(const crypto::Digest& hash) {
  std::uint64_t mark = 0;
  std::memcpy(&mark, hash.data() + 8, sizeof mark);
  return mark;
}

constexpr std::size_t kLine = 64;

void fetch_lines(const void* from, std::size_t size) {
  const char* line = static_cast<const char*>(from);
  for (std::size_t at = 0; at < size; at += kLine) __builtin_prefetch(line + at, 1);
}

}  // namespace

TokenTable::Shard::Shard(const std::vector<TokenPtr>& tokens)
    : slots_(std::bit_ceil(tokens.size() + tokens.size() / 4 + 1)) {
  const std::size_t mask = slots_.size() - 1;
  for (const TokenPtr& token : tokens) {
    const std::uint64_t mark = mark_of(token->hash);
    std::size_t at = mark & mask;
    while (slots_[at].token && slots_[at].token->hash != token->hash) at = (at + 1) & mask;
    Slot& slot = slots_[at];
    if (slot.token) continue;
    slot.mark = mark;
    slot.token = token;
    slot.place = token->place;
  }
}

/// Both what is in the token and where its tenant stands.
void TokenTable::Shard::fetch(const crypto::Digest& hash) const {
  const std::size_t mask = slots_.size() - 1;
  const std::uint64_t mark = mark_of(hash);
  std::size_t at = mark & mask;
  while (slots_[at].token && slots_[at].mark != mark) at = (at + 1) & mask;
  if (!slots_[at].token) return;
  static_assert(offsetof(Token, source) < 2 * kLine, "what every request looks at");
  fetch_lines(slots_[at].token.get(), 2 * kLine);
  if (const snapshot::TenantPlace* place = slots_[at].place.get()) fetch_lines(place, sizeof *place);
}

TokenPtr TokenTable::Shard::find(const crypto::Digest& hash) const {
  const std::size_t mask = slots_.size() - 1;
  const std::uint64_t mark = mark_of(hash);
  for (std::size_t at = mark & mask; slots_[at].token; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.mark != mark || slot.token->hash != hash) continue;
    if (slot.place.get() == nullptr) slot.place = slot.token->place;
    return slot.token;
  }
  return nullptr;
}

std::vector<TokenPtr> TokenTable::Shard::tokens() const {
  std::vector<TokenPtr> all;
  for (const Slot& slot : slots_) {
    if (slot.token) all.push_back(slot.token);
  }
  return all;
}

crypto::Digest TokenTable::hash(std::string_view token) const {
  return key_.hash(token);
}

TokenTable::Lookup TokenTable::begin(std::string_view credential) const {
  Lookup lookup;
  lookup.hash_ = hash(credential);
  lookup.shard_ = shards_[lookup.hash_[0]].load();
  if (lookup.shard_) lookup.shard_->fetch(lookup.hash_);
  return lookup;
}

TokenPtr TokenTable::finish(const Lookup& lookup) {
  return lookup.shard_ ? lookup.shard_->find(lookup.hash_) : nullptr;
}

TokenPtr TokenTable::find(std::string_view credential) const {
  return finish(begin(credential));
}

std::vector<TokenPtr> TokenTable::tokens_in(std::size_t shard) const {
  auto current = shards_[shard].load();
  return current ? current->tokens() : std::vector<TokenPtr>();
}

void TokenTable::put(TokenPtr token) {
  MutexLock lock(writers_);
  const std::size_t shard = token->hash[0];
  std::vector<TokenPtr> tokens = tokens_in(shard);
  tokens.insert(tokens.begin(), std::move(token));
  shards_[shard].store(std::make_shared<Shard>(tokens));
}

void TokenTable::erase(const crypto::Digest& digest) {
  MutexLock lock(writers_);
  const std::size_t shard = digest[0];
  std::vector<TokenPtr> tokens = tokens_in(shard);
  std::erase_if(tokens, [&](const TokenPtr& token) { return token->hash == digest; });
  shards_[shard].store(std::make_shared<Shard>(tokens));
}

void TokenTable::replace(TokenSource source, const std::vector<TokenPtr>& tokens) {
  MutexLock lock(writers_);
  std::array<std::vector<TokenPtr>, kShards> next;
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    next[shard] = tokens_in(shard);
    std::erase_if(next[shard], [&](const TokenPtr& token) { return token->source == source; });
  }
  for (const TokenPtr& token : tokens) next[token->hash[0]].push_back(token);
  for (std::size_t shard = 0; shard < kShards; ++shard)
    shards_[shard].store(std::make_shared<Shard>(next[shard]));
}

}  // namespace bailiwick::identity
