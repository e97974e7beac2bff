#include "cli/flips.h"

#include <ostream>

#include <fmt/format.h>

#include "cli/output.h"

namespace bailiwick::cli {
namespace {

std::int64_t number_in(const json::value& object, std::string_view key) {
  return object.at(key).to_number<std::int64_t>();
}

/// `3 of 212 recorded decisions come out otherwise`, and what that leaves out.
std::string sentence(std::int64_t flips, std::int64_t replayed, std::int64_t skipped, std::int64_t listed) {
  std::string said = flips == 0
                         ? fmt::format("none of {} recorded decisions comes out otherwise", replayed)
                         : fmt::format("{} of {} recorded decisions come out otherwise", flips, replayed);
  if (skipped > 0) said += fmt::format("; {} could not be made again", skipped);
  if (listed == 0 && flips > 0) return said + "; the tenant's ledger says which\n";
  if (listed < flips) said += fmt::format("; the newest {} are listed", listed);
  return said + (flips == 0 ? "\n" : ":\n");
}

}  // namespace

void print_replay(const Context& context, const json::value& replay) {
  std::int64_t replayed = number_in(replay, "replayed"), skipped = number_in(replay, "skipped");
  if (replayed + skipped == 0) return;
  const json::array& flips = replay.at("flips").as_array();
  std::int64_t listed = 0;
  for (const json::value& flip : flips) listed += number_in(flip, "times");
  *context.out << sentence(number_in(replay, "flips_total"), replayed, skipped, listed);
  if (flips.empty()) return;
  print_rows(context, flips, flips,
             {{"RECORD", "sequence"},
              {"TIMES", "times"},
              {"SUBJECT", "subject"},
              {"ACTION", "action"},
              {"RESOURCE", "resource"},
              {"WAS", "was"},
              {"BY", "was_reason"},
              {"NOW", "now"},
              {"BY", "reason"}});
}

void print_with_replay(const Context& context, const json::value& answer) {
  const json::object* object = answer.if_object();
  const json::value* replay = object != nullptr ? object->if_contains("replay") : nullptr;
  if (context.format != Format::kTable || replay == nullptr) return print_object(context, answer);
  json::object rest = *object;
  rest.erase("replay");
  print_object(context, rest);
  print_replay(context, *replay);
}

}  // namespace bailiwick::cli
