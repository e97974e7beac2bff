#include "policy/cedar/value.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash_seed.h"
#include "policy/cedar/extension_values.h"

namespace bailiwick::cedar {
namespace {

std::strong_ordering compare(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a.data() == b.data() || a.empty() ? std::strong_ordering::equal
                                           : std::memcmp(a.data(), b.data(), a.size()) <=> 0;
}

std::strong_ordering compare(const SetData& a, const SetData& b) {
  if (a.elements.size() != b.elements.size()) return a.elements.size() <=> b.elements.size();
  for (std::size_t i = 0; i < a.elements.size(); ++i) {
    if (auto order = a.elements[i] <=> b.elements[i]; order != 0) return order;
  }
  return std::strong_ordering::equal;
}

std::strong_ordering compare(const RecordData& a, const RecordData& b) {
  if (a.fields.size() != b.fields.size()) return a.fields.size() <=> b.fields.size();
  for (std::size_t i = 0; i < a.fields.size(); ++i) {
    if (auto order = compare(a.fields[i].name, b.fields[i].name); order != 0) return order;
    if (auto order = a.fields[i].value <=> b.fields[i].value; order != 0) return order;
  }
  return std::strong_ordering::equal;
}

std::string joined(const SetData& set) {
  std::string out = "[";
  for (const Value& value : set.elements) out += (out.size() > 1 ? ", " : "") + to_string(value);
  return out + "]";
}

std::string joined(const RecordData& record) {
  std::string out = "{";
  for (const Field& field : record.fields) {
    out +=
        fmt::format("{}{}: {}", out.size() > 1 ? ", " : "", to_literal(field.name), to_string(field.value));
  }
  return out + "}";
}

}  // namespace

std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
  // Eight bytes a step through a multiplication whose halves are folded together.
  auto mix = [](std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15ULL, kOther = 0xD6E8FEB86659FD93ULL;
  std::uint64_t state = mix(seed ^ hash_seed(), kOther) ^ kOdd ^ text.size();
  while (text.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    state = mix(state ^ word, kOther);
    text.remove_prefix(8);
  }
  std::uint64_t word = 0;
  if (!text.empty()) std::memcpy(&word, text.data(), text.size());
  return mix(state ^ word, kOdd);
}

Uid::Uid(std::string_view entity_type, std::string_view entity_id)
    : type(entity_type), id(entity_id), hash(hash_text(entity_id, hash_text(entity_type))) {}

std::strong_ordering operator<=>(const Uid& a, const Uid& b) {
  if (a.hash != b.hash) return a.hash <=> b.hash;
  if (auto order = compare(a.id, b.id); order != 0) return order;
  return compare(a.type, b.type);
}

std::strong_ordering operator<=>(const Value& a, const Value& b) {
  if (a.kind_ != b.kind_) return a.kind_ <=> b.kind_;
  switch (a.kind_) {
    case ValueKind::kString:
      return compare(a.as_string(), b.as_string());
    case ValueKind::kEntity:
      return a.pointer_ == b.pointer_ ? std::strong_ordering::equal : a.as_entity() <=> b.as_entity();
    case ValueKind::kSet:
      return compare(a.as_set(), b.as_set());
    case ValueKind::kRecord:
      return compare(a.as_record(), b.as_record());
    case ValueKind::kIp:
      return a.as_ip() <=> b.as_ip();
    case ValueKind::kError:
    case ValueKind::kBool:
    case ValueKind::kLong:
    case ValueKind::kDecimal:
    case ValueKind::kDatetime:
    case ValueKind::kDuration:
      return a.number_ <=> b.number_;
  }
  return std::strong_ordering::equal;
}

bool SetData::contains(const Value& value) const {
  return std::ranges::binary_search(elements, value);
}

bool SetData::contains_all(const SetData& other) const {
  return std::ranges::includes(elements, other.elements);
}

bool SetData::contains_any(const SetData& other) const {
  const SetData& small = elements.size() < other.elements.size() ? *this : other;
  const SetData& large = &small == this ? other : *this;
  return std::ranges::any_of(small.elements, [&](const Value& value) { return large.contains(value); });
}

const Value* RecordData::find(std::string_view name) const {
  for (std::size_t low = 0, high = fields.size(); low < high;) {
    std::size_t middle = (low + high) / 2;
    auto order = compare(fields[middle].name, name);
    if (order == 0) return &fields[middle].value;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return nullptr;
}

const SetData* make_set(Arena& arena, std::span<Value> elements) {
  std::ranges::sort(elements);
  auto repeated = std::ranges::unique(elements);
  elements = elements.first(elements.size() - repeated.size());
  std::uint64_t weight = 0;
  for (const Value& element : elements) weight += weight_of(element);
  return arena.make(SetData{elements, weight});
}

const RecordData* make_record(Arena& arena, std::span<Field> fields) {
  std::ranges::sort(fields, [](const Field& a, const Field& b) { return compare(a.name, b.name) < 0; });
  std::uint64_t weight = 0;
  for (const Field& field : fields) weight += 1 + field.name.size() / 16 + weight_of(field.value);
  return arena.make(RecordData{fields, weight});
}

std::uint64_t weight_of(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kString:
      return 1 + value.as_string().size() / 16;
    case ValueKind::kSet:
      return 1 + value.as_set().weight;
    case ValueKind::kRecord:
      return 1 + value.as_record().weight;
    case ValueKind::kEntity:
      return 1 + value.as_entity().id.size() / 16;
    default:
      return 1;
  }
}

std::string to_string(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kError:
      return "error";
    case ValueKind::kBool:
      return value.as_bool() ? "true" : "false";
    case ValueKind::kLong:
      return std::to_string(value.as_number());
    case ValueKind::kString:
      return to_literal(value.as_string());
    case ValueKind::kEntity:
      return to_string(value.as_entity().to_entity_uid());
    case ValueKind::kSet:
      return joined(value.as_set());
    case ValueKind::kRecord:
      return joined(value.as_record());
    case ValueKind::kDecimal:
      return fmt::format("decimal(\"{}\")", decimal_to_string(value.as_number()));
    case ValueKind::kIp:
      return fmt::format("ip(\"{}\")", to_string(value.as_ip()));
    case ValueKind::kDatetime:
      return fmt::format("datetime(\"1970-01-01\").offset(duration(\"{}ms\"))", value.as_number());
    case ValueKind::kDuration:
      return fmt::format("duration(\"{}ms\")", value.as_number());
  }
  return {};
}

}  // namespace bailiwick::cedar
