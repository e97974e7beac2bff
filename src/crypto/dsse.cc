#include "crypto/dsse.h"

#include <fmt/format.h>

#include "base/json.h"
#include "crypto/base64.h"
#include "crypto/hash.h"

namespace bailiwick::crypto {
namespace {

std::unexpected<Error> malformed(std::string message) {
  return fail(ErrorCode::kInvalid, "dsse.malformed", "not a DSSE envelope: " + std::move(message));
}

Result<std::string> text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return malformed(fmt::format("`{}` is missing", key));
  if (!value->is_string()) return malformed(fmt::format("`{}` is not a string", key));
  return std::string(value->get_string());
}

Result<std::string> bytes_of(const json::object& object, std::string_view key) {
  TRY(std::string text, text_of(object, key));
  auto bytes = from_base64(text);
  if (!bytes) return malformed(fmt::format("`{}` is {}", key, bytes.error().message));
  return std::move(*bytes);
}

Result<EnvelopeSignature> signature_of(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return malformed("a signature is not an object");
  EnvelopeSignature signature;
  const json::value* key_id = object->if_contains("keyid");
  if (key_id != nullptr && !key_id->is_null()) {
    TRY(signature.key_id, text_of(*object, "keyid"));
  }
  TRY(signature.bytes, bytes_of(*object, "sig"));
  return signature;
}

}  // namespace

std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload) {
  return fmt::format("DSSEv1 {} {} {} {}", payload_type.size(), payload_type, payload.size(), payload);
}

Result<Envelope> parse_envelope(std::string_view text) {
  if (text.size() > kMaxEnvelopeBytes)
    return malformed(fmt::format("larger than {} bytes", kMaxEnvelopeBytes));
  auto object = parse_json_object(text);
  if (!object) return malformed(object.error().message);
  Envelope envelope;
  TRY(envelope.payload_type, text_of(*object, "payloadType"));
  TRY(envelope.payload, bytes_of(*object, "payload"));
  const json::value* signatures = object->if_contains("signatures");
  if (signatures == nullptr || !signatures->is_array()) return malformed("`signatures` is not a list");
  const json::array& list = signatures->get_array();
  if (list.empty() || list.size() > kMaxEnvelopeSignatures)
    return malformed(fmt::format("it needs 1 to {} signatures", kMaxEnvelopeSignatures));
  for (const json::value& item : list) {
    TRY(EnvelopeSignature signature, signature_of(item));
    envelope.signatures.push_back(std::move(signature));
  }
  return envelope;
}

std::string to_json(const Envelope& envelope) {
  json::array signatures;
  for (const EnvelopeSignature& signature : envelope.signatures) {
    signatures.push_back(json::object{{"keyid", json::string(signature.key_id)},
                                      {"sig", json::string(to_base64(as_bytes(signature.bytes)))}});
  }
  return pretty_json(json::object{{"payload", json::string(to_base64(as_bytes(envelope.payload)))},
                                  {"payloadType", json::string(envelope.payload_type)},
                                  {"signatures", std::move(signatures)}}) +
         "\n";
}

void add_signature(Envelope& envelope, const PrivateKey& key) {
  envelope.signatures.push_back({key.public_key().id(), key.sign(pre_authentication_encoding(
                                                            envelope.payload_type, envelope.payload))});
}

bool verify(const Envelope& envelope, const EnvelopeSignature& signature, const PublicKey& key) {
  return key.verify(pre_authentication_encoding(envelope.payload_type, envelope.payload), signature.bytes);
}

}  // namespace bailiwick::crypto
