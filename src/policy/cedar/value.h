// Value: what an expression evaluates to. 16 bytes, copied freely; what it points to lives in an arena.
#pragma once

#include <compare>
#include <span>
#include <string_view>

#include "base/ip_address.h"
#include "policy/cedar/arena.h"
#include "policy/cedar/ast.h"

namespace bailiwick::cedar {

/// An entity's name with its hash, so that looking it up and comparing it costs one word in most cases.
struct Uid {
  std::string_view type;
  std::string_view id;
  std::uint64_t hash = 0;

  Uid() = default;
  Uid(std::string_view entity_type, std::string_view entity_id);
  explicit Uid(const EntityUid& uid) : Uid(uid.type, uid.id) {}
  EntityUid to_entity_uid() const { return {std::string(type), std::string(id)}; }

  friend bool operator==(const Uid& a, const Uid& b) {
    return a.hash == b.hash && same(a.id, b.id) && same(a.type, b.type);
  }
  friend std::strong_ordering operator<=>(const Uid& a, const Uid& b);

 private:
  /// Texts that are the same memory are not read: they may be far away.
  static bool same(std::string_view a, std::string_view b) {
    return (a.data() == b.data() && a.size() == b.size()) || a == b;
  }
};

/// The same in one process, and different in another.
std::uint64_t hash_text(std::string_view text, std::uint64_t seed = 0);

class Value;
struct Field;
struct SetData;
struct RecordData;

enum class ValueKind : std::uint8_t {
  kError,  ///< the evaluator's: evaluation failed, and it knows why
  kBool,
  kLong,
  kString,
  kEntity,
  kSet,
  kRecord,
  kDecimal,
  kIp,
  kDatetime,
  kDuration,
};

class Value {
 public:
  Value() = default;
  static Value boolean(bool value) {
    Value made(ValueKind::kBool);
    made.number_ = value ? 1 : 0;
    return made;
  }
  static Value integer(std::int64_t value) { return number(ValueKind::kLong, value); }
  /// Of kLong, kDecimal (ten-thousandths), kDatetime and kDuration (milliseconds).
  static Value number(ValueKind kind, std::int64_t value) {
    Value made(kind);
    made.number_ = value;
    return made;
  }
  static Value string(std::string_view text) {
    Value made(ValueKind::kString);
    made.length_ = static_cast<std::uint32_t>(text.size());
    made.text_ = text.data();
    return made;
  }
  static Value entity(const Uid* uid) { return pointer(ValueKind::kEntity, uid); }
  static Value set(const SetData* set) { return pointer(ValueKind::kSet, set); }
  static Value record(const RecordData* record) { return pointer(ValueKind::kRecord, record); }
  static Value ip(const IpAddress* ip) { return pointer(ValueKind::kIp, ip); }

  ValueKind kind() const { return kind_; }
  bool is(ValueKind kind) const { return kind_ == kind; }
  bool is_error() const { return kind_ == ValueKind::kError; }

  // Only of the kind that they name.
  bool as_bool() const { return number_ != 0; }
  std::int64_t as_number() const { return number_; }
  std::string_view as_string() const { return {text_, length_}; }
  const Uid& as_entity() const { return *static_cast<const Uid*>(pointer_); }
  const SetData& as_set() const { return *static_cast<const SetData*>(pointer_); }
  const RecordData& as_record() const { return *static_cast<const RecordData*>(pointer_); }
  const IpAddress& as_ip() const { return *static_cast<const IpAddress*>(pointer_); }

  /// Values of different kinds differ. The order is total, stable and of no meaning but to find and compare.
  friend bool operator==(const Value& a, const Value& b) { return (a <=> b) == 0; }
  friend std::strong_ordering operator<=>(const Value& a, const Value& b);

 private:
  explicit Value(ValueKind kind) : kind_(kind) {}
  static Value pointer(ValueKind kind, const void* pointee) {
    Value made(kind);
    made.pointer_ = pointee;
    return made;
  }

  ValueKind kind_ = ValueKind::kError;
  std::uint32_t length_ = 0;
  union {
    std::int64_t number_ = 0;
    const char* text_;
    const void* pointer_;
  };
};
static_assert(sizeof(Value) == 16);

/// Sorted, each once.
struct SetData {
  std::span<const Value> elements;
  std::uint64_t weight = 0;  ///< see weight_of()

  bool contains(const Value& value) const;
  bool contains_all(const SetData& other) const;
  bool contains_any(const SetData& other) const;
};

struct Field {
  std::string_view name;
  Value value;
};
/// Sorted by name, each once.
struct RecordData {
  std::span<const Field> fields;
  std::uint64_t weight = 0;  ///< see weight_of()

  /// Null when there is no such field.
  const Value* find(std::string_view name) const;
};

/// Sorts and removes repetitions in place: what `elements` holds then is a set.
const SetData* make_set(Arena& arena, std::span<Value> elements);
/// Sorts in place; names must differ.
const RecordData* make_record(Arena& arena, std::span<Field> fields);

/// What comparing it may cost at most, in steps of evaluation: one for each part, at any depth, and for each
/// 16 bytes of text.
std::uint64_t weight_of(const Value& value);

/// As Cedar writes it.
std::string to_string(const Value& value);

}  // namespace bailiwick::cedar
