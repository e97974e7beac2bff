// Theory: can these literals hold together?
//
// Draws conclusions until there are none left: equal terms become one class, and what is known of classes
// (kinds, types, hierarchy, members, bounds, patterns, ranges) is put together. Every conclusion is valid, so
// a contradiction that is found is one. What is open may still be impossible: a model must be built and
// tried.
#pragma once

#include <map>

#include "policy/analysis/literal.h"
#include "policy/analysis/numbers.h"
#include "policy/analysis/words.h"
#include "policy/analysis/world.h"

namespace bailiwick::cedar::analysis {

/// What is known of the terms that are equal.
struct TermClass {
  Kinds kinds = kAnyKind;
  TermId constant = kNoTerm;
  bool is_principal = false, is_action = false, is_resource = false, is_context = false;
  const Type* schema_type = nullptr;
  std::vector<TermId> set_literals, record_literals;
  std::vector<TermId> attributes, tags;  ///< terms whose object is of this class
  // Of entities.
  std::string_view type;
  std::vector<std::string_view> not_types;
  std::vector<TermId> containers, not_containers;
  // Of sets.
  std::vector<TermId> members, not_members;
  bool is_empty = false;
  // Of texts and addresses.
  std::vector<const Pattern*> like, unlike;
  std::vector<TermId> ranges, not_ranges, in_range_of_this;
  std::vector<TermId> differs;

  /// As new, with the memory it has.
  void clear();
  bool is(ValueKind kind) const { return kinds == only(kind); }
  bool may_be(ValueKind kind) const { return (kinds & only(kind)) != 0; }
};

class WordCache {
 public:
  const Words& words(const std::vector<const Pattern*>& like, const std::vector<const Pattern*>& unlike,
                     std::size_t limit);

 private:
  std::map<std::tuple<std::vector<const Pattern*>, std::vector<const Pattern*>, std::size_t>, Words> known_;
};

/// What theories of one search share. One of them at a time has its classes in it.
struct Workspace {
  WordCache words;
  std::vector<TermClass> classes;
};

class Theory {
 public:
  /// Forgets what an earlier one in the same workspace knew of its classes.
  Theory(Terms& terms, const World& world, Workspace& workspace, Literals literals)
      : terms_(terms),
        world_(world),
        words_(workspace.words),
        literals_(std::move(literals)),
        classes_(workspace.classes) {}

  enum class Verdict { kContradiction, kSplit, kOpen };
  Verdict run();
  /// Of kSplit: one of these must hold.
  const Choice& split() const { return split_; }
  /// For an open state that no model was found of: cases that tell more apart. None: nothing is left to try.
  Choice refine();

  // What is known when it is open.
  Terms& terms() { return terms_; }
  const World& world() const { return world_; }
  WordCache& words() { return words_; }
  TermId root(TermId term);
  TermClass& of(TermId term) { return classes_[root(term)]; }
  const Numbers& numbers() const { return numbers_; }
  /// Its node among the numbers; 0 when it is no number.
  std::size_t number_node(TermId term) { return nodes_[root(term)]; }
  bool exists(const TermClass& entity);
  bool differ(TermId a, TermId b);
  /// The action of the schema may be the action's class.
  std::vector<EntityUid> action_candidates();

 private:
  static constexpr int kRounds = 60;

  void fail() { failed_ = true; }
  void derive(Literal literal);
  void propose(Choice choice);
  void join(TermId a, TermId b);
  Kinds kinds_of(const Type& type) const;

  void unify();
  void apply_congruence();
  bool congruent(const Term& a, const Term& b);
  void gather();
  void gather_term(TermId id);
  void gather_literal(const Literal& literal);
  void set_type(TermClass& entity, std::string_view type);
  void apply_schema();
  void apply_attribute_type(TermId id);
  void type_attribute(TermId id, const AttributeType* attribute, bool exists);
  void apply_records();
  void apply_sets();
  void apply_set_literal(TermId id, TermId literal);
  void apply_set_relation(const Literal& literal);
  void apply_set_difference(TermId a, TermId b);
  void apply_entities();
  void apply_hierarchy();
  void apply_container(TermId a, TermId b);
  void apply_enumerations();
  void apply_actions();
  void apply_differences();
  void apply_numbers();
  void apply_words();
  void apply_addresses();
  bool compatible(TermId a, TermId b);
  std::size_t node_of(TermId term);

  Terms& terms_;
  const World& world_;
  WordCache& words_;
  Literals literals_;
  std::vector<TermId> parents_;
  std::vector<TermClass>& classes_;
  Numbers numbers_;
  std::vector<std::size_t> nodes_;
  Choice split_;
  bool failed_ = false;
  bool changed_ = false;
};

}  // namespace bailiwick::cedar::analysis
