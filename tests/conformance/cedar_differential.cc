// Random policies, entities and requests with what this engine says of them, for another engine to agree
// with: `cedar_differential CASES SEED` prints one JSON object a line.
//
// Most expressions are well typed, some are not, and strings for extension types are near misses as often as
// not, so that decisions, deciding policies and failing policies all vary.
#include <charconv>
#include <cstdio>
#include <random>

#include <fmt/format.h>

#include "base/json.h"
#include "policy/cedar/entities_json.h"
#include "policy/cedar/format.h"
#include "policy/cedar/parser.h"
#include "policy/cedar/policy_set.h"

namespace bailiwick::cedar {
namespace {

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::string policies() {
    std::string text;
    for (int i = below(4) + 1; i > 0; --i) text += policy() + "\n";
    return text;
  }

  json::array entities() {
    json::array all;
    for (std::string_view id : {"a", "b"}) {
      json::object attributes{{"n", below(5) - 2},
                              {"s", text()},
                              {"flag", chance(50)},
                              {"set", json::array{text(), text()}},
                              {"r", json::object{{"x", below(3)}, {"y", json::object{{"z", text()}}}}},
                              {"friend", entity_value("User", pick({"a", "b", "c"}))},
                              {"from", extension("ip", pick(kIps))},
                              {"price", extension("decimal", pick(kDecimals))},
                              {"since", extension("datetime", pick(kDates))},
                              {"span", extension("duration", pick(kDurations))}};
      for (std::string_view drop : {"s", "flag", "friend", "span"}) {
        if (chance(25)) attributes.erase(drop);
      }
      json::array parents;
      if (chance(60)) parents.push_back(uid("Group", "g"));
      if (chance(30)) parents.push_back(uid("Group", "h"));
      all.push_back(json::object{{"uid", uid("User", id)},
                                 {"attrs", attributes},
                                 {"parents", parents},
                                 {"tags", json::object{{"t", text()}}}});
    }
    all.push_back(json::object{{"uid", uid("Group", "g")},
                               {"attrs", json::object()},
                               {"parents", json::array{uid("Group", "top")}}});
    all.push_back(json::object{{"uid", uid("Action", "view")},
                               {"attrs", json::object()},
                               {"parents", json::array{uid("Action", "read")}}});
    all.push_back(json::object{{"uid", uid("Doc", "d")},
                               {"attrs", json::object{{"owner", entity_value("User", "a")}, {"n", below(3)}}},
                               {"parents", json::array()}});
    return all;
  }

  json::object request() {
    json::object context{
        {"n", below(5) - 2}, {"s", text()}, {"flag", chance(50)}, {"from", extension("ip", pick(kIps))}};
    if (chance(30)) context.erase("flag");
    return {{"principal", uid("User", pick({"a", "b", "c"}))},
            {"action", uid("Action", pick({"view", "edit"}))},
            {"resource", uid(pick({"Doc", "User"}), pick({"d", "a"}))},
            {"context", context}};
  }

 private:
  using Words = std::initializer_list<std::string_view>;
  static constexpr std::array kIps = std::to_array<std::string_view>(
      {"10.0.0.1", "10.0.0.0/8", "127.0.0.1", "::1", "ff02::1", "fe80::/10", "224.0.0.1/4", "0.0.0.0/0"});
  static constexpr std::array kBadIps = std::to_array<std::string_view>(
      {"10.0.0", "1.2.3.4/33", "::ffff:1.2.3.4", "01.2.3.4", "1.2.3.4/08", "", "::1/129"});
  static constexpr std::array kDecimals =
      std::to_array<std::string_view>({"1.5", "1.50", "-0.0001", "0.0", "922337203685477.5807"});
  static constexpr std::array kBadDecimals =
      std::to_array<std::string_view>({"1", "1.", ".5", "1.23456", "922337203685477.5808", "+1.0"});
  static constexpr std::array kDates =
      std::to_array<std::string_view>({"2024-01-01", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z",
                                       "2024-02-29T12:00:00+0130", "0000-01-01"});
  static constexpr std::array kBadDates = std::to_array<std::string_view>(
      {"2023-02-29", "2024-1-1", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:60Z",
       "2024-01-01T00:00:00+2400"});
  static constexpr std::array kDurations =
      std::to_array<std::string_view>({"1d", "-1h30m", "0ms", "90s", "1d2h3m4s5ms"});
  static constexpr std::array kBadDurations =
      std::to_array<std::string_view>({"", "1h1d", "1", "-", "99999999999999d", "1.5h"});

  int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint64_t>(limit)); }
  bool chance(int percent) { return below(100) < percent; }
  std::string_view pick(Words words) { return *(words.begin() + below(static_cast<int>(words.size()))); }
  template <std::size_t N>
  std::string_view pick(const std::array<std::string_view, N>& words) {
    return words[static_cast<std::size_t>(below(static_cast<int>(N)))];
  }
  std::string_view text() { return pick({"", "a", "ab", "a*b", "\xC3\xA9", "x\\y", "quo\"te"}); }

  static json::object uid(std::string_view type, std::string_view id) {
    return {{"type", json::string(type)}, {"id", json::string(id)}};
  }
  static json::object entity_value(std::string_view type, std::string_view id) {
    return {{"__entity", uid(type, id)}};
  }
  static json::object extension(std::string_view function, std::string_view argument) {
    return {{"__extn", json::object{{"fn", json::string(function)}, {"arg", json::string(argument)}}}};
  }

  std::string policy() {
    std::string out =
        fmt::format("{}({}, {}, {})", pick({"permit", "permit", "forbid"}),
                    pick({"principal", "principal == User::\"a\"", "principal in Group::\"top\"",
                          "principal is User", "principal is User in Group::\"g\""}),
                    pick({"action", "action == Action::\"view\"", "action in Action::\"read\"",
                          "action in [Action::\"edit\", Action::\"read\"]"}),
                    pick({"resource", "resource is Doc", "resource == Doc::\"d\""}));
    for (int i = below(3); i > 0; --i)
      out += fmt::format(" {} {{ {} }}", pick({"when", "when", "unless"}), boolean(4));
    return out + ";";
  }

  std::string any(int depth) {
    switch (below(6)) {
      case 0:
        return boolean(depth);
      case 1:
        return number(depth);
      case 2:
        return string(depth);
      case 3:
        return entity(depth);
      case 4:
        return set(depth);
      default:
        return "{a: " + number(depth - 1) + ", \"b c\": " + string(depth - 1) + "}";
    }
  }

  std::string boolean(int depth) {
    if (depth <= 0)
      return std::string(pick({"true", "false", "context.flag", "principal.flag", "(principal has flag)"}));
    if (chance(3)) return any(depth - 1);
    int d = depth - 1;
    switch (below(18)) {
      case 0:
        return fmt::format("({} && {})", boolean(d), boolean(d));
      case 1:
        return fmt::format("({} || {} || {})", boolean(d), boolean(d), boolean(d));
      case 2:
        return "!" + fmt::format("({})", boolean(d));
      case 3:
        return fmt::format("({} {} {})", number(d), pick({"<", "<=", ">", ">=", "==", "!="}), number(d));
      case 4:
        return fmt::format("({} {} {})", any(d), pick({"==", "!="}), any(d));
      case 5:
        return fmt::format("({} in {})", entity(d),
                           chance(50) ? entity(d) : fmt::format("[{}, {}]", entity(d), entity(d)));
      case 6:
        return fmt::format("({} is {})", entity(d), pick({"User", "Doc", "Group"}));
      case 7:
        return fmt::format("({} has {})", chance(50) ? entity(d) : "context",
                           pick({"n", "flag", "r.y.z", "friend.n", "\"b c\"", "nothing"}));
      case 8:
        return fmt::format("({} like \"{}\")", string(d), pick({"a*", "*b", "*", "a\\*b", "", "*a*"}));
      case 9:
        return fmt::format("{}.{}({})", set(d), pick({"containsAll", "containsAny"}), set(d));
      case 10:
        return fmt::format("{}.contains({})", set(d), any(d));
      case 11:
        return fmt::format("{}.isEmpty()", set(d));
      case 12:
        return fmt::format("{}.{}({})", decimal(),
                           pick({"lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"}),
                           decimal());
      case 13:
        return fmt::format("{}.{}()", ip(), pick({"isIpv4", "isIpv6", "isLoopback", "isMulticast"}));
      case 14:
        return fmt::format("{}.isInRange({})", ip(), ip());
      case 15:
        return fmt::format("({} {} {})", datetime(), pick({"<", "<=", "==", ">"}), datetime());
      case 16:
        return fmt::format("{}.hasTag({})", entity(d), string(d));
      default:
        return fmt::format("(if {} then {} else {})", boolean(d), boolean(d), boolean(d));
    }
  }

  std::string number(int depth) {
    if (depth <= 0) {
      return std::string(pick({"0", "1", "-1", "9223372036854775807", "-9223372036854775808", "context.n",
                               "principal.n", "resource.n"}));
    }
    if (chance(3)) return any(depth - 1);
    int d = depth - 1;
    switch (below(5)) {
      case 0:
        return fmt::format("({} {} {})", number(d), pick({"+", "-", "*"}), number(d));
      case 1:
        return fmt::format("-({})", number(d));
      case 2:
        return fmt::format("{}.r.x", entity(d));
      case 3:
        return fmt::format("{}.{}()", duration(),
                           pick({"toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"}));
      default:
        return fmt::format("(if {} then {} else {})", boolean(d), number(d), number(d));
    }
  }

  std::string string(int depth) {
    if (depth <= 0 || chance(40))
      return chance(50) ? to_literal(text()) : std::string(pick({"context.s", "principal.s"}));
    if (chance(3)) return any(depth - 1);
    return chance(50) ? fmt::format("{}.r.y.z", entity(depth - 1))
                      : fmt::format("{}.getTag({})", entity(depth - 1), string(depth - 1));
  }

  std::string entity(int depth) {
    if (depth <= 0 || chance(70)) {
      return std::string(pick({"principal", "resource", "action", "User::\"a\"", "User::\"c\"",
                               "Group::\"g\"", "Group::\"top\"", "Doc::\"d\""}));
    }
    return fmt::format("{}.{}", entity(depth - 1), pick({"friend", "owner"}));
  }

  std::string set(int depth) {
    switch (below(4)) {
      case 0:
        return "principal.set";
      case 1:
        return "[]";
      case 2:
        return fmt::format("[{}]", any(depth - 1));
      default:
        return fmt::format("[{}, {}, {}]", string(depth - 1), number(depth - 1), any(depth - 1));
    }
  }

  std::string decimal() {
    if (chance(40)) return "principal.price";
    return fmt::format("decimal({})", to_literal(chance(85) ? pick(kDecimals) : pick(kBadDecimals)));
  }
  std::string ip() {
    if (chance(40)) return std::string(pick({"principal.from", "context.from"}));
    return fmt::format("ip({})", to_literal(chance(85) ? pick(kIps) : pick(kBadIps)));
  }
  std::string datetime() {
    if (chance(30)) return "principal.since";
    if (chance(30)) return fmt::format("{}.offset({})", datetime(), duration());
    if (chance(20)) return fmt::format("{}.toDate()", datetime());
    return fmt::format("datetime({})", to_literal(chance(85) ? pick(kDates) : pick(kBadDates)));
  }
  std::string duration() {
    if (chance(30)) return "principal.span";
    if (chance(20)) return fmt::format("{}.durationSince({})", datetime(), datetime());
    if (chance(20)) return fmt::format("{}.toTime()", datetime());
    return fmt::format("duration({})", to_literal(chance(85) ? pick(kDurations) : pick(kBadDurations)));
  }

  std::mt19937_64 random_;
};

json::object answer(const PolicySet& set, const Entities& entities, const json::object& request,
                    Scratch& scratch) {
  Arena arena;
  auto uid = [&](std::string_view key) {
    const json::object& entity = request.at(key).as_object();
    return Uid(arena.copy(entity.at("type").as_string()), arena.copy(entity.at("id").as_string()));
  };
  Request asked{.principal = uid("principal"), .action = uid("action"), .resource = uid("resource")};
  asked.context = parse_context(request.at("context"), nullptr, arena).value();
  Verdict verdict = set.explain(asked, entities, scratch, FailedForbid::kCedarCompatible);
  json::array reason, errors;
  for (std::uint32_t index : verdict.deciding) reason.emplace_back(set.policies()[index].id);
  for (const PolicyFault& fault : verdict.faults) errors.emplace_back(set.policies()[fault.policy].id);
  return {{"decision", verdict.allowed ? "allow" : "deny"},
          {"reason", std::move(reason)},
          {"errors", std::move(errors)}};
}

int run(long cases, std::uint64_t seed) {
  Generator generator(seed);
  Scratch scratch;
  for (long i = 0; i < cases; ++i) {
    std::string text = generator.policies();
    json::array entities_value = generator.entities();
    Entities entities = parse_entities(entities_value, "entities", nullptr).value();
    auto policies = parse_policies(text, "policies");
    if (!policies) {
      fmt::print(stderr, "{}\n{}", text, to_string(policies.error().problems));
      return 1;
    }
    PolicySet set = PolicySet::compile(*policies).value();
    json::array requests;
    for (int request = 0; request < 8; ++request) {
      json::object asked = generator.request();
      asked["ours"] = answer(set, entities, asked, scratch);
      requests.push_back(std::move(asked));
    }
    json::object line{
        {"policies", text}, {"entities", std::move(entities_value)}, {"requests", std::move(requests)}};
    fmt::print("{}\n", json::serialize(line));
  }
  return 0;
}

}  // namespace
}  // namespace bailiwick::cedar

int main(int argc, char** argv) {
  auto number = [&](int index) {
    std::string_view text(argv[index]);
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  if (argc != 3) {
    fmt::print(stderr, "usage: cedar_differential CASES SEED\n");
    return 2;
  }
  try {
    return bailiwick::cedar::run(static_cast<long>(number(1)), number(2));
  } catch (const std::exception& error) {
    fmt::print(stderr, "cedar_differential: {}\n", error.what());
    return 1;
  }
}
