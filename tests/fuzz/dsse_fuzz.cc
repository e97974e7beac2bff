// Any bytes as an envelope and as key files: no crash; an envelope that is accepted is written and read back
// as the same, and no envelope verifies under a key that never signed.
#include <cstdint>

#include "crypto/dsse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailiwick;
  static const crypto::PublicKey kStranger = [] {
    SeededRandom random(42);
    return crypto::PrivateKey::generate(random).public_key();
  }();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)crypto::PublicKey::from_pem(text);
  (void)crypto::PrivateKey::from_pem(text);
  auto envelope = crypto::parse_envelope(text);
  if (!envelope) return 0;
  for (const crypto::EnvelopeSignature& signature : envelope->signatures) {
    if (crypto::verify(*envelope, signature, kStranger)) __builtin_trap();
  }
  std::string written = crypto::to_json(*envelope);
  auto again = crypto::parse_envelope(written);
  bool grown = written.size() > crypto::kMaxEnvelopeBytes;  // escapes may carry it past the limit
  if (!grown && (!again || crypto::to_json(*again) != written)) __builtin_trap();
  return 0;
}
