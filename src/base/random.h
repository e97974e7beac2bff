// Random: the only source of unpredictability. Tests pass SeededRandom and get the same run twice.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/short_text.h"

namespace bailiwick {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
  std::uint64_t next64();
};

/// The kernel's generator (getrandom). Fit for secrets. Safe from any thread.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

/// Reproducible; for tests and simulations only.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  Mutex mutex_;
  std::mt19937_64 engine_ BW_GUARDED_BY(mutex_);
};

/// 16 hexadecimal digits, lower case.
ShortText<16> hex(std::uint64_t value);

/// RFC 9562 UUID version 7: sorts by creation time. 36 characters.
std::string uuid_v7(const Clock& clock, Random& random);

/// `req_` and 24 hex digits: names one request in its answer, its log lines and its record.
std::string new_request_id(Random& random);

}  // namespace bailiwick
