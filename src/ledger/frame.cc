#include "ledger/frame.h"

#include <fmt/format.h>

#include "ledger/bytes.h"
#include "ledger/crc32c.h"
#include "ledger/record_json.h"

namespace bailiwick::ledger {
namespace {

constexpr std::uint16_t kHasBudget = 1;
constexpr std::size_t kFlagsAt = 20;
constexpr std::size_t kRecordHeaderBytes = 4 + 32;

std::size_t padded(std::size_t size) {
  return (size + 7) & ~std::size_t{7};
}

/// The header as it stands in the bytes, up to the chain's name.
bool read_header(ByteReader& reader, Frame& frame, std::uint32_t& size, std::uint32_t& crc) {
  std::uint16_t flags = 0, chain_size = 0;
  std::int64_t time_us = 0;
  if (!(reader.get(size) && reader.get(crc) && reader.get(frame.first_sequence) && reader.get(frame.count) &&
        reader.get(flags) && reader.get(chain_size) && reader.get(time_us) && reader.get(frame.previous) &&
        reader.get(frame.chain, chain_size))) {
    return false;
  }
  frame.has_budget = (flags & kHasBudget) != 0;
  frame.time = WallTime(std::chrono::microseconds(time_us));
  return true;
}

bool skip_records(ByteReader& reader, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t size = 0;
    crypto::Digest hash;
    std::string_view payload;
    if (!reader.get(size) || !reader.get(hash) || !reader.get(payload, size)) return false;
  }
  return true;
}

}  // namespace

Status encode_frame(std::string& buffer, std::string_view chain, std::span<const Record> records,
                    ChainPoint& point) {
  buffer.clear();
  put(buffer, std::uint64_t{0});  // size and crc, known at the end
  put(buffer, point.sequence + 1);
  put(buffer, static_cast<std::uint32_t>(records.size()));
  put(buffer, std::uint16_t{0});  // flags
  put(buffer, static_cast<std::uint16_t>(chain.size()));
  put(buffer, std::int64_t{records.back().time.time_since_epoch().count()});
  put(buffer, point.hash);
  buffer += chain;
  ChainPoint end = point;
  std::uint16_t flags = 0;
  for (const Record& record : records) {
    std::size_t header = buffer.size();
    buffer.append(kRecordHeaderBytes, '\0');
    append_json(buffer, record, chain, ++end.sequence);
    std::string_view payload = std::string_view(buffer).substr(header + kRecordHeaderBytes);
    if (payload.size() > kMaxPayloadBytes) {
      return fail(
          ErrorCode::kTooLarge, "ledger.record_too_large",
          fmt::format("a ledger record of {} bytes; at most {} fit", payload.size(), kMaxPayloadBytes));
    }
    end.hash = chain_hash(end.hash, payload);
    put_at(buffer, header, static_cast<std::uint32_t>(payload.size()));
    std::memcpy(buffer.data() + header + 4, end.hash.data(), end.hash.size());
    if (record.kind == RecordKind::kBudget) flags |= kHasBudget;
  }
  buffer.resize(padded(buffer.size()));
  put_at(buffer, kFlagsAt, flags);
  put_at(buffer, 0, static_cast<std::uint32_t>(buffer.size()));
  put_at(buffer, 4, crc32c(std::string_view(buffer).substr(8)));
  point = end;
  return {};
}

bool grants_budget(std::string_view frame) {
  std::uint16_t flags = 0;
  std::memcpy(&flags, frame.substr(kFlagsAt).data(), sizeof flags);
  return (flags & kHasBudget) != 0;
}

std::optional<Frame> decode_frame(std::string_view bytes) {
  Frame frame;
  std::uint32_t size = 0, crc = 0;
  if (!ByteReader(bytes).get(size) || size < kFrameHeaderBytes || size % 8 != 0 || size > bytes.size()) {
    return std::nullopt;
  }
  frame.bytes = bytes.substr(0, size);
  ByteReader reader(frame.bytes);
  if (!read_header(reader, frame, size, crc) || crc32c(frame.bytes.substr(8)) != crc) return std::nullopt;
  if (frame.count == 0 || !skip_records(reader, frame.count) || reader.left() >= 8) return std::nullopt;
  return frame;
}

void Frame::each(
    const std::function<bool(std::uint64_t, const crypto::Digest&, std::string_view)>& visit) const {
  ByteReader reader(bytes.substr(kFrameHeaderBytes + chain.size()));
  for (std::uint64_t sequence = first_sequence; sequence <= last_sequence(); ++sequence) {
    std::uint32_t size = 0;
    crypto::Digest hash;
    std::string_view payload;
    BW_CHECK(reader.get(size) && reader.get(hash) && reader.get(payload, size));
    if (!visit(sequence, hash, payload)) return;
  }
}

ChainPoint Frame::end() const {
  ChainPoint last;
  each([&](std::uint64_t sequence, const crypto::Digest& hash, std::string_view) {
    last = {sequence, hash};
    return true;
  });
  return last;
}

std::vector<Grant> grants_of(const Frame& frame) {
  std::vector<Grant> grants;
  frame.each([&](std::uint64_t, const crypto::Digest&, std::string_view payload) {
    auto record = parse_json_object(payload);
    const json::value* extra = record ? record->if_contains("extra") : nullptr;
    if (extra == nullptr || !extra->is_object()) return true;
    const json::value* window = extra->as_object().if_contains("window");
    const json::value* granted = extra->as_object().if_contains("granted_usd");
    if (window == nullptr || granted == nullptr || !window->is_string() || !granted->is_string()) return true;
    if (auto amount = PicoDollars::parse(granted->as_string())) {
      grants.push_back({std::string(frame.chain), std::string(window->as_string()), *amount, frame.time});
    }
    return true;
  });
  return grants;
}

}  // namespace bailiwick::ledger
