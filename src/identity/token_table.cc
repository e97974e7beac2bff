#include "identity/token_table.h"

#include <cstring>

namespace bailiwick::identity {

std::size_t TokenTable::DigestHash::operator()(const crypto::Digest& digest) const {
  std::size_t value = 0;
  std::memcpy(&value, digest.data() + 8, sizeof value);
  return value;
}

crypto::Digest TokenTable::hash(std::string_view token) const {
  return key_.hash(token);
}

TokenPtr TokenTable::find(std::string_view credential) const {
  crypto::Digest digest = hash(credential);
  auto shard = shards_[digest[0]].load();
  if (!shard) return nullptr;
  auto token = shard->find(digest);
  return token == shard->end() ? nullptr : token->second;
}

void TokenTable::put(TokenPtr token) {
  MutexLock lock(writers_);
  auto& slot = shards_[token->hash[0]];
  auto shard = slot.load();
  auto next = shard ? std::make_shared<Shard>(*shard) : std::make_shared<Shard>();
  (*next)[token->hash] = std::move(token);
  slot.store(std::move(next));
}

void TokenTable::erase(const crypto::Digest& digest) {
  MutexLock lock(writers_);
  auto& slot = shards_[digest[0]];
  auto shard = slot.load();
  if (!shard) return;
  auto next = std::make_shared<Shard>(*shard);
  next->erase(digest);
  slot.store(std::move(next));
}

void TokenTable::replace(TokenSource source, const std::vector<TokenPtr>& tokens) {
  MutexLock lock(writers_);
  std::array<std::shared_ptr<Shard>, kShards> next;
  for (std::size_t i = 0; i < kShards; ++i) {
    next[i] = std::make_shared<Shard>();
    auto shard = shards_[i].load();
    if (!shard) continue;
    for (const auto& [digest, token] : *shard) {
      if (token->source != source) next[i]->emplace(digest, token);
    }
  }
  for (const TokenPtr& token : tokens) next[token->hash[0]]->emplace(token->hash, token);
  for (std::size_t i = 0; i < kShards; ++i) shards_[i].store(std::move(next[i]));
}

}  // namespace bailiwick::identity
