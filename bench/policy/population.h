// A tenant of the policy benchmark: policies of four shapes, and the requests that are asked of them.
//
// Of four policies one permits by team and folder, one by a compared attribute, one by owner, and one forbids
// unless two conditions hold. A request meets two to four of them, however many there are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace bailiwick::bench {

inline constexpr std::string_view kSchema = R"(
entity Team, Folder;
entity User in Team = { clearance: Long };
entity Doc in Folder = { department: String, level: Long, owner: User };
action read, write appliesTo { principal: User, resource: Doc, context: { mfa: Bool, ip: ipaddr } };
)";

inline std::string policy_text(std::size_t i) {
  switch (i % 4) {
    case 0:
      return fmt::format(
          "permit (principal in Team::\"t{0}\", action in [Action::\"read\", Action::\"write\"], resource in "
          "Folder::\"f{0}\");\n",
          i / 4);
    case 1:
      return fmt::format(
          "permit (principal is User, action == Action::\"read\", resource is Doc) when {{ "
          "resource.department == \"d{0}\" && principal.clearance >= resource.level }};\n",
          i / 4);
    case 2:
      return fmt::format(
          "permit (principal == User::\"u{0}\", action == Action::\"write\", resource is Doc) when {{ "
          "resource.owner == principal }};\n",
          i / 4);
    default:
      return fmt::format(
          "forbid (principal in Team::\"t{0}\", action == Action::\"write\", resource in Folder::\"f{0}\") "
          "unless {{ context.mfa && context.ip.isInRange(ip(\"10.0.0.0/8\")) }};\n",
          i / 4);
  }
}

inline std::string policies_text(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += policy_text(i);
  return text;
}

/// Users, documents, teams and folders: one of each for every four policies.
inline std::size_t groups(std::size_t policies) {
  return policies < 4 ? 1 : policies / 4;
}
inline std::int64_t clearance_of(std::size_t user) {
  return static_cast<std::int64_t>(user % 5);
}
inline std::int64_t level_of(std::size_t doc) {
  return static_cast<std::int64_t>(doc % 7);
}

struct Question {
  std::size_t user = 0;
  std::size_t doc = 0;
  bool write = false;
  bool mfa = false;
};

/// Half are about a document of the user's own group, half about any; of `people` groups, spread over all.
/// The same for the same number.
inline std::vector<Question> questions(std::size_t policies, std::size_t people, std::size_t count) {
  std::size_t all_groups = groups(policies), some = std::min(people, all_groups);
  std::uint64_t state = 88172645463325252ULL;
  auto next = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state >> 11;
  };
  auto group = [&] { return next() % some * (all_groups / some); };
  std::vector<Question> all;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t user = group();
    std::size_t doc = next() % 2 == 0 ? user : group();
    all.push_back({.user = user, .doc = doc, .write = next() % 2 == 0, .mfa = next() % 2 == 0});
  }
  return all;
}

}  // namespace bailiwick::bench
