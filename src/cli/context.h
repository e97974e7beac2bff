// Context: what every command shares: where the server is, who is asking, how to print.
#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <string>

#include "base/json.h"

namespace bailiwick::bundles {
class Sandbox;
}

namespace bailiwick::cli {

/// The exit codes; README and scripts rely on them.
enum class Exit : int {
  kOk = 0,
  kFailure = 1,
  kUsage = 2,
  kGateFailed = 3,
  kAuth = 4,
  kNotFound = 5,
  kConflict = 6,
  kUnavailable = 7,
  kUnjudged = 8,  ///< a gate that could say neither yes nor no
};

enum class Format { kTable, kJson, kYaml, kCsv };

struct Context {
  std::string url = "http://127.0.0.1:8080";
  std::string token;
  std::string tenant;
  std::string program;
  std::string ca_file;
  Format format = Format::kTable;
  bool offers_csv = false;  ///< set by the commands that print tables of numbers
  std::map<std::string, std::string> environment;
  bool terminal_out = false;  ///< stdout is a terminal
  bool terminal_err = false;
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  const bundles::Sandbox* sandbox = nullptr;  ///< where bundles are tried out; never null in a command
  /// What the parsed command line asks for.
  std::function<Result<Exit>()> command;
};

/// The tenant given by flag or environment. Errors: kInvalid `usage.tenant`.
Result<std::string> required_tenant(const Context& context);

Exit exit_of(const Error& error);
/// The error, its faults with their places, and the remedy, on stderr; JSON when the format is JSON.
void print_error(const Context& context, const Error& error);

}  // namespace bailiwick::cli
