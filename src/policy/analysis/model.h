// Model: values for everything that a theory leaves open.
//
// It chooses what is plain: an attribute that may be missing is missing, numbers are near zero, sets have the
// members they must have. What it makes is a proposal: whoever asks evaluates it.
#pragma once

#include <memory>
#include <optional>

#include "policy/analysis/theory.h"
#include "policy/analysis/witness.h"

namespace bailiwick::cedar::analysis {

class ModelBuilder {
 public:
  explicit ModelBuilder(Theory& theory) : theory_(theory) {}

  /// Null when no values were found.
  std::unique_ptr<Witness> build();

 private:
  ValueKind kind_of_class(TermId root);
  std::optional<Value> value_of(TermId term);
  std::optional<Value> make_value(TermId root);
  std::optional<Value> number_of(TermId root, ValueKind kind);
  std::optional<Value> text_of(TermId root);
  std::optional<Value> address_of(TermId root);
  std::optional<Value> entity_of(TermId root);
  std::optional<Value> set_of(TermId root);
  const RecordData* record_of(TermId root, const AttributeTypes* types, bool* failed);
  const RecordData* tags_of(const TermClass& entity, bool* failed);
  Value default_value(const Type& type);
  Value keep(const Value& value);
  Value keep_uid(std::string_view type, std::string_view id);
  std::string type_of_entity(const TermClass& entity) const;
  std::string name_of_class(TermId root) const;
  bool taken(const TermClass& in, const Value& value) const;
  bool add_entities();
  bool add_entity(TermId root, EntitiesBuilder& builder);

  Theory& theory_;
  std::unique_ptr<Witness> witness_ = std::make_unique<Witness>();
  std::vector<std::optional<Value>> made_;
  std::vector<bool> open_;
  std::vector<Uid> used_;
  std::optional<std::vector<Wide>> numbers_;
};

}  // namespace bailiwick::cedar::analysis
