// Document: a YAML or JSON file as a tree whose every node knows its line and column.
//
// The reader refuses what makes YAML dangerous or ambiguous: anchors and aliases (so no "billion laughs"),
// tags, merge keys, duplicate keys, several documents, invalid UTF-8, NUL, nesting past 32 and files past 1
// MiB. Plain scalars follow the YAML 1.2 core schema when a Binder asks for a type; `no` is a string, not
// false.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace bailiwick {

struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMapping };
  struct Entry;

  Kind kind = Kind::kNull;
  std::string text;            ///< of a scalar
  bool quoted = false;         ///< a quoted or block scalar is always a string
  std::vector<Node> items;     ///< of a sequence
  std::vector<Entry> entries;  ///< of a mapping, in file order
  int line = 0;                ///< 1-based
  int column = 0;              ///< 1-based

  /// The value under `key`, or null.
  const Node* find(std::string_view key) const;
};

struct Node::Entry {
  std::string key;
  int line = 0;
  int column = 0;
  Node value;
};

/// Reads one YAML document (JSON is a subset). `file` is what errors name. All errors carry
/// `file:line:column`.
Result<Node> parse_yaml(std::string_view text, std::string_view file);

/// A JSON value as a tree; lines and columns are 0 and a Binder then names JSON pointers instead.
Node to_node(const json::value& value);
/// A tree as JSON: plain scalars become null, booleans and numbers by the core schema; others strings.
json::value to_json(const Node& node);
/// A tree as block YAML that parse_yaml reads back to the same tree.
std::string to_yaml(const json::value& value);

}  // namespace bailiwick
