// Random Cedar policies that speak of the same few things, so that two of them often meet, imply or exclude
// each other. Conditions are drawn evenly from `==`, `in`, `is`, `has`, `like`, comparisons, `&&`, `||`, `!`,
// `contains*`, ranges of addresses and nested attributes. Mostly well typed, no schema: an attribute may be
// missing or of another type, and is asked for with `has` half of the time.
#pragma once

#include <array>
#include <random>
#include <string>

#include <fmt/format.h>

namespace bailiwick::testing_support {

class RandomPolicy {
 public:
  explicit RandomPolicy(std::uint64_t seed) : random_(seed) {}

  std::string policy() {
    std::string out = fmt::format("{}({}, {}, {})", pick("permit", "forbid"), scope("principal"),
                                  action_scope(), scope("resource"));
    for (int i = below(2) + 1; i > 0; --i)
      out += fmt::format(" {} {{ {} }}", pick("when", "when", "unless"), condition(3));
    return out + ";";
  }

  /// Two policies, of which the second often says more or less what the first says.
  std::string pair() {
    if (chance(50)) return policy() + "\n" + policy();
    std::string scopes = fmt::format("({}, {}, {})", scope("principal"), action_scope(), scope("resource"));
    std::string wider = chance(50) ? scopes : "(principal, action, resource)";
    std::string a = condition(2), b = condition(2), c = condition(2);
    std::string other = pick("when {{ {1} }}", "when {{ {0} || {2} }}", "unless {{ !({0}) }}",
                             "unless {{ !({0}) || !({1}) }}", "when {{ {0} && {2} }}", "unless {{ {1} }}",
                             "when {{ {1} && {0} }}");
    return fmt::format("{}{} when {{ {} }} when {{ {} }};\n{}{} ", pick("permit", "forbid"), scopes, a, b,
                       pick("permit", "forbid"), wider) +
           fmt::format(fmt::runtime(other), a, b, c) + ";";
  }

  std::string condition(int depth) {
    // The connectives are three of twelve; at the bottom only the others are left.
    switch (depth > 0 ? below(12) : below(9)) {
      case 0:
        return equality();
      case 1:
        return fmt::format("{} in {}", entity(), container());
      case 2:
        return fmt::format("{} is {}{}", entity(), pick("User", "Group", "Doc"),
                           chance(30) ? " in " + group() : std::string());
      case 3:
        return has();
      case 4:
        return guarded(text(), pattern());
      case 5:
        return guarded(number(), fmt::format(" {} {}", pick("<", "<=", ">", ">="), number_or_constant()));
      case 6:
        return set_condition();
      case 7:
        return address_condition();
      case 8:
        return nested();
      case 9:
        return fmt::format("({} && {})", condition(depth - 1), condition(depth - 1));
      case 10:
        return fmt::format("({} || {})", condition(depth - 1), condition(depth - 1));
      default:
        return fmt::format("!({})", condition(depth - 1));
    }
  }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint64_t>(limit)); }
  bool chance(int percent) { return below(100) < percent; }
  template <class... Words>
  std::string pick(Words... words) {
    std::array<std::string, sizeof...(words)> all = {words...};
    return all[static_cast<std::size_t>(below(static_cast<int>(all.size())))];
  }

  std::string user() { return pick("User::\"a\"", "User::\"b\""); }
  std::string group() { return pick("Group::\"g\"", "Group::\"h\"", "Group::\"top\""); }
  std::string scope(const std::string& who) {
    bool is_principal = who == "principal";
    switch (below(6)) {
      case 0:
        return fmt::format("{} == {}", who, is_principal ? user() : pick("Doc::\"d\"", "Doc::\"e\""));
      case 1:
        return fmt::format("{} in {}", who, group());
      case 2:
        return fmt::format("{} is {}", who, is_principal ? "User" : "Doc");
      case 3:
        return fmt::format("{} is {} in {}", who, is_principal ? "User" : "Doc", group());
      default:
        return who;
    }
  }
  std::string action_scope() {
    return pick("action", "action == Action::\"read\"", "action in Action::\"any\"",
                "action in [Action::\"read\", Action::\"write\"]");
  }

  std::string entity() {
    return pick("principal", "resource", "context.who", "resource.owner", "principal.manager");
  }
  std::string number() { return pick("context.n", "principal.level", "resource.size"); }
  std::string constant() { return std::to_string(below(5) - 1); }
  std::string number_or_constant() { return chance(70) ? constant() : number(); }
  std::string text() { return pick("context.s", "principal.dept", "resource.owner.dept"); }
  std::string word() { return pick("\"\"", "\"a\"", "\"ab\"", "\"abc\"", "\"b\""); }
  std::string address() { return pick("context.ip", "principal.ip"); }
  std::string range() {
    return pick("ip(\"10.0.0.0/8\")", "ip(\"10.1.0.0/16\")", "ip(\"10.1.2.3\")", "ip(\"192.168.0.0/16\")",
                "ip(\"0.0.0.0/0\")", "ip(\"fe80::/10\")", "ip(\"::1\")");
  }
  std::string pattern() {
    return fmt::format(" like \"{}\"", pick("a*", "*b", "a*b", "*", "*c*", "ab", "*a*b*"));
  }
  std::string container() {
    switch (below(4)) {
      case 0:
        return fmt::format("[{}, {}]", group(), chance(50) ? group() : user());
      case 1:
        return entity();
      default:
        return chance(70) ? group() : user();
    }
  }

  /// `PATH` asked for before it is used, or not.
  std::string guarded(const std::string& path, const std::string& rest) {
    std::string used = path + rest;
    std::size_t dot = path.find('.');
    if (dot == std::string::npos || chance(50)) return used;
    return fmt::format("({} has {} && {})", path.substr(0, dot), path.substr(dot + 1), used);
  }
  std::string has() {
    return pick("context has n", "context has s", "principal has dept", "principal has level",
                "resource has owner", "resource has owner.dept", "context has req.port", "context has tags",
                "context has ip", "context has flag");
  }
  std::string equality() {
    std::string sign = pick("==", "==", "!=");
    switch (below(5)) {
      case 0:
        return guarded(number(), fmt::format(" {} {}", sign, number_or_constant()));
      case 1:
        return guarded(text(), fmt::format(" {} {}", sign, chance(70) ? word() : text()));
      case 2:
        return fmt::format("{} {} {}", entity(), sign, chance(50) ? entity() : user());
      case 3:
        return guarded("context.flag",
                       fmt::format(" {} {}", sign, pick("true", "false", "principal.active")));
      default:
        return guarded(address(), fmt::format(" {} {}", sign, range()));
    }
  }
  std::string set_condition() {
    std::string set = pick("context.tags", "principal.roles", "[\"a\", \"ab\"]");
    switch (below(3)) {
      case 0:
        return guarded(set, fmt::format(".contains({})", chance(70) ? word() : text()));
      case 1:
        return guarded(set, fmt::format(".containsAll([{}, {}])", word(), word()));
      default:
        return guarded(set, fmt::format(".containsAny([{}, {}])", word(), chance(70) ? word() : text()));
    }
  }
  std::string address_condition() {
    return guarded(address(), pick(".isInRange(" + range() + ")", ".isInRange(" + range() + ")", ".isIpv4()",
                                   ".isLoopback()", ".isMulticast()", ".isIpv6()"));
  }
  std::string nested() {
    switch (below(4)) {
      case 0:
        return guarded("context.req.port", fmt::format(" {} {}", pick("<", "==", ">="), constant()));
      case 1:
        return guarded("context.req.path", pattern());
      case 2:
        return guarded("resource.owner.manager", fmt::format(" == {}", pick("principal", user())));
      default:
        return guarded("resource.owner.level",
                       fmt::format(" {} {}", pick("<", "==", ">="), number_or_constant()));
    }
  }

  std::mt19937_64 random_;
};

}  // namespace bailiwick::testing_support
