#include "base/random.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <sys/random.h>

namespace bailiwick {
namespace {

/// Ids are drawn by the word; keys and tokens are longer.
constexpr std::size_t kSmallDraw = 8;

/// One system call serves many ids. No secret ever lies here: those come straight from the kernel.
struct DrawnAhead {
  std::array<std::uint8_t, 512> bytes;
  std::size_t used = 512;
};

void fill_from_kernel(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    BW_CHECK(got > 0);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace

std::uint64_t Random::next64() {
  std::uint8_t bytes[8];
  fill(bytes);
  std::uint64_t value = 0;
  for (std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
  if (bytes.size() > kSmallDraw) return fill_from_kernel(bytes);
  thread_local DrawnAhead ahead;
  if (ahead.used + bytes.size() > ahead.bytes.size()) {
    fill_from_kernel(ahead.bytes);
    ahead.used = 0;
  }
  std::copy_n(ahead.bytes.begin() + static_cast<std::ptrdiff_t>(ahead.used), bytes.size(), bytes.begin());
  ahead.used += bytes.size();
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
  MutexLock lock(mutex_);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(engine_());
}

ShortText<16> hex(std::uint64_t value) {
  char text[16];
  for (int i = 16; i-- > 0; value >>= 4) text[i] = "0123456789abcdef"[value & 15];
  return ShortText<16>().text({text, sizeof text});
}

std::string uuid_v7(const Clock& clock, Random& random) {
  using std::chrono::duration_cast, std::chrono::milliseconds;
  auto ms = static_cast<std::uint64_t>(duration_cast<milliseconds>(clock.wall().time_since_epoch()).count());
  std::uint64_t a = random.next64(), b = random.next64();
  return fmt::format("{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}", ms >> 16 & 0xffffffff, ms & 0xffff, a & 0xfff,
                     (b >> 48 & 0x3fff) | 0x8000, b & 0xffffffffffff);
}

std::string new_request_id(Random& random) {
  ShortText<28> id;
  id.text("req_").text(hex(random.next64()).view()).text(hex(random.next64()).view().substr(8));
  return std::string(id.view());
}

}  // namespace bailiwick
