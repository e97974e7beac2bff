#include "base/random.h"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <sys/random.h>

namespace bailiwick {

std::uint64_t Random::next64() {
  std::uint8_t bytes[8];
  fill(bytes);
  std::uint64_t value = 0;
  for (std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    BW_CHECK(got > 0);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
  MutexLock lock(mutex_);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(engine_());
}

std::string uuid_v7(const Clock& clock, Random& random) {
  using std::chrono::duration_cast, std::chrono::milliseconds;
  auto ms = static_cast<std::uint64_t>(duration_cast<milliseconds>(clock.wall().time_since_epoch()).count());
  std::uint64_t a = random.next64(), b = random.next64();
  return fmt::format("{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}", ms >> 16 & 0xffffffff, ms & 0xffff, a & 0xfff,
                     (b >> 48 & 0x3fff) | 0x8000, b & 0xffffffffffff);
}

std::string new_request_id(Random& random) {
  return fmt::format("req_{:016x}{:08x}", random.next64(), static_cast<std::uint32_t>(random.next64()));
}

}  // namespace bailiwick
