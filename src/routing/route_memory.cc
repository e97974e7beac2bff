#include "routing/route_memory.h"

namespace bailiwick::routing {
namespace {

template <class Known>
auto find_or_make(Known& known, typename Known::key_type key) {
  auto& entry = known[std::move(key)];
  if (!entry) entry = std::make_shared<typename Known::mapped_type::element_type>();
  return entry;
}

}  // namespace

std::shared_ptr<CircuitBreaker> RouteMemory::breaker(const std::string& provider,
                                                     const std::string& address) {
  MutexLock lock(mutex_);
  return find_or_make(breakers_, {provider, address, std::string()});
}

std::shared_ptr<TargetHealth> RouteMemory::health(const std::string& provider, const std::string& address,
                                                  const std::string& model) {
  MutexLock lock(mutex_);
  return find_or_make(health_, {provider, address, model});
}

void RouteMemory::prune() {
  MutexLock lock(mutex_);
  auto unused = [](const auto& entry) { return entry.second.use_count() == 1; };
  std::erase_if(breakers_, unused);
  std::erase_if(health_, unused);
}

}  // namespace bailiwick::routing
