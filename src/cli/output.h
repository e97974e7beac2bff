// Printing of answers: a table for people, JSON and YAML for programs. Data goes to stdout, words to stderr.
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"

namespace bailiwick::cli {

/// A column of a table: its heading and the key (dotted for nested ones) of the value.
struct Column {
  std::string heading;
  std::string key;
};

/// With a blank for every control character: it could move the cursor, and what comes from a server is shown,
/// never obeyed.
std::string shown(std::string_view text);

/// `rows` as a table, or `whole` in the asked format.
void print_rows(const Context& context, const json::value& whole, const json::array& rows,
                const std::vector<Column>& columns);
/// One object: `key  value` lines, or the asked format.
void print_object(const Context& context, const json::value& value);
/// JSON or YAML; in table format, pretty JSON.
void print_value(const Context& context, const json::value& value);

/// A progress line on stderr when it is a terminal; silent otherwise.
class Progress {
 public:
  Progress(const Context& context, std::string label, std::size_t total);
  ~Progress();
  void advance(std::size_t by);

 private:
  void draw();
  const Context& context_;
  std::string label_;
  std::size_t total_;
  std::size_t done_ = 0;
  std::size_t drawn_permille_ = 1001;
};

}  // namespace bailiwick::cli
