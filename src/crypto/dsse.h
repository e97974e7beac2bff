// DSSE 1.0 envelopes: a payload, what it is, and signatures over both.
//
// What is signed is the pre-authentication encoding, so neither can be taken for something else. The parser
// takes foreign bytes: it bounds them, refuses duplicate keys and anything that two readers could read in two
// ways, and passes over members that it does not know, as the specification asks. A key id is a hint and
// proves nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/ed25519.h"

namespace bailiwick::crypto {

inline constexpr std::size_t kMaxEnvelopeBytes = 1 << 20;
inline constexpr std::size_t kMaxEnvelopeSignatures = 16;

struct EnvelopeSignature {
  std::string key_id;  ///< may be empty
  std::string bytes;
};

struct Envelope {
  std::string payload;
  std::string payload_type;
  std::vector<EnvelopeSignature> signatures;
};

/// `DSSEv1 LEN TYPE LEN BODY`, with lengths in bytes.
std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload);

/// Errors: kInvalid `dsse.malformed` with what is wrong; an envelope without a signature is none.
Result<Envelope> parse_envelope(std::string_view text);
/// parse_envelope() of it is the same envelope. Standard base64, padded; ends with a newline.
std::string to_json(const Envelope& envelope);

void add_signature(Envelope& envelope, const PrivateKey& key);
bool verify(const Envelope& envelope, const EnvelopeSignature& signature, const PublicKey& key);

}  // namespace bailiwick::crypto
