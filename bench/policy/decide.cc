// Decisions of the policy engine in one process, timed one by one.
//
//   policy_decide measure POLICIES TENANTS PEOPLE   compiles, then answers each line on stdin (seconds)
//   policy_decide export POLICIES FOLDER PEOPLE     the same policies and requests for peers
//
// Requests are about PEOPLE users and their documents, of the 2,500 that 10,000 policies speak of.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iostream>

#include "base/json.h"
#include "policy/cedar/entities_json.h"
#include "policy/cedar/parser.h"
#include "policy/cedar/policy_set.h"
#include "population.h"

namespace bailiwick::bench {
namespace {

using cedar::Uid;
using Clock = std::chrono::steady_clock;

json::object uid(std::string_view type, std::string_view letter, std::size_t number) {
  return {{"type", type}, {"id", fmt::format("{}{}", letter, number)}};
}
json::object user(std::size_t number) {
  return {{"uid", uid("User", "u", number)},
          {"attrs", {{"clearance", clearance_of(number)}}},
          {"parents", json::array{uid("Team", "t", number)}}};
}
json::object doc(std::size_t number) {
  return {{"uid", uid("Doc", "c", number)},
          {"attrs",
           {{"department", fmt::format("d{}", number)},
            {"level", level_of(number)},
            {"owner", json::object{{"__entity", uid("User", "u", number)}}}}},
          {"parents", json::array{uid("Folder", "f", number)}}};
}
json::object bare(std::string_view type, std::string_view letter, std::size_t number) {
  return {{"uid", uid(type, letter, number)}, {"attrs", json::object()}, {"parents", json::array()}};
}
json::object context(const Question& question) {
  return {{"mfa", question.mfa}, {"ip", {{"__extn", {{"fn", "ip"}, {"arg", "10.1.2.3"}}}}}};
}

json::array all_entities(std::size_t policies) {
  json::array entities;
  for (std::size_t i = 0; i < groups(policies); ++i) {
    entities.push_back(user(i));
    entities.push_back(doc(i));
  }
  return entities;
}

struct Tenant {
  cedar::PolicySet policies;
  cedar::Entities entities;
};

/// The requests of one tenant, with what their texts and contexts live in.
struct Requests {
  cedar::Arena arena;
  std::vector<cedar::Request> all;
};

Requests make_requests(std::size_t policies, std::size_t people) {
  Requests made;
  for (const Question& question : questions(policies, people, 4096)) {
    auto name = [&](std::string_view letter, std::size_t number) {
      return made.arena.copy(fmt::format("{}{}", letter, number));
    };
    made.all.push_back({.principal = Uid("User", name("u", question.user)),
                        .action = Uid("Action", question.write ? "write" : "read"),
                        .resource = Uid("Doc", name("c", question.doc)),
                        .context = cedar::parse_context(context(question), nullptr, made.arena).value()});
  }
  return made;
}

void measure(std::size_t policies, std::size_t tenants, std::size_t people) {
  std::vector<cedar::Policy> parsed = cedar::parse_policies(policies_text(policies), "bench").value();
  cedar::Schema schema = cedar::parse_schema(kSchema, "schema").value();
  json::value entities = all_entities(policies);
  std::vector<Tenant> all;
  std::size_t footprint = 0;
  for (std::size_t i = 0; i < tenants; ++i) {
    auto names = std::make_shared<cedar::EntityNames>();
    all.push_back(
        {.policies = {}, .entities = cedar::parse_entities(entities, "entities", &schema, names).value()});
    all.back().policies = cedar::PolicySet::compile(parsed, names).value();
    footprint += all.back().policies.footprint() + all.back().entities.footprint();
  }
  Requests requests = make_requests(policies, people);
  cedar::Scratch scratch;
  std::cout << "ready" << std::endl;
  std::vector<std::uint32_t> times;
  times.reserve(50'000'000);
  std::uint64_t turn = 0, allowed = 0;
  for (std::string line; std::getline(std::cin, line);) {
    times.clear();
    auto until = Clock::now() + std::chrono::duration<double>(std::stod(line));
    auto before = Clock::now();
    while (before < until && times.size() < times.capacity()) {
      const Tenant& tenant = all[turn * 2654435761U % tenants];
      // At hand, as it is when it was just read.
      const cedar::Request request = requests.all[turn % requests.all.size()];
      before = Clock::now();
      allowed += tenant.policies.decide(request, tenant.entities, scratch).allowed ? 1 : 0;
      auto after = Clock::now();
      times.push_back(static_cast<std::uint32_t>((after - before).count()));
      ++turn;
    }
    auto at = [&](double share) {
      auto place = times.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(times.size() - 1));
      std::ranges::nth_element(times, place);
      return *place;
    };
    json::object result{{"p50_ns", at(0.5)},
                        {"p99_ns", at(0.99)},
                        {"decisions", times.size()},
                        {"allowed", static_cast<double>(allowed) / static_cast<double>(turn)},
                        {"mib", static_cast<double>(footprint) / (1 << 20)}};
    std::cout << json::serialize(result) << std::endl;
  }
}

/// The nearest that a peer without conditions has: who is in which group may do what on what is in which.
std::string casbin_lines(std::size_t policies, std::size_t people) {
  std::string text;
  for (std::size_t i = 0; i < policies; ++i) {
    std::size_t g = i / 4;
    if (i % 4 == 0) text += fmt::format("p, t{0}, f{0}, read, allow\np, t{0}, f{0}, write, allow\n", g);
    if (i % 4 == 1) text += fmt::format("p, everyone, d{0}, read, allow\n", g);
    if (i % 4 == 2) text += fmt::format("p, u{0}, o{0}, write, allow\n", g);
    if (i % 4 == 3) text += fmt::format("p, t{0}, f{0}, write, deny\n", g);
  }
  std::size_t some = std::min(people, groups(policies));
  for (std::size_t i = 0; i < some; ++i) {
    std::size_t g = i * (groups(policies) / some);
    text +=
        fmt::format("g, u{0}, t{0}\ng, u{0}, everyone\ng2, c{0}, f{0}\ng2, c{0}, d{0}\ng2, c{0}, o{0}\n", g);
  }
  return text;
}

std::string access_body(const Question& question) {
  return json::serialize(json::object{{"subject", uid("User", "u", question.user)},
                                      {"action", {{"name", question.write ? "write" : "read"}}},
                                      {"resource", uid("Doc", "c", question.doc)},
                                      {"context", {{"mfa", question.mfa}, {"ip", "10.1.2.3"}}}});
}

/// What a peer is given: each request with the entities that it needs, and the answer.
json::object peer_request(const Question& question, bool allowed) {
  json::array slice{user(question.user), doc(question.doc), bare("Team", "t", question.user),
                    bare("Folder", "f", question.doc)};
  if (question.doc != question.user) slice.push_back(user(question.doc));
  return {{"principal", uid("User", "u", question.user)},
          {"action", {{"type", "Action"}, {"id", question.write ? "write" : "read"}}},
          {"resource", uid("Doc", "c", question.doc)},
          {"context", context(question)},
          {"entities", std::move(slice)},
          {"allowed", allowed}};
}

/// Writes `policies.cedar`, `schema.cedarschema`, `entities.json`, `casbin.csv`, and the same requests as
/// `requests.json` for peers and `bodies.jsonl` for the Authorization API.
void export_to(std::size_t policies, const std::string& folder, std::size_t people) {
  json::value declared = all_entities(policies);
  std::ofstream(folder + "/policies.cedar") << policies_text(policies);
  std::ofstream(folder + "/schema.cedarschema") << kSchema;
  std::ofstream(folder + "/entities.json") << json::serialize(declared);
  std::ofstream(folder + "/casbin.csv") << casbin_lines(policies, people);
  cedar::PolicySet set =
      cedar::PolicySet::compile(cedar::parse_policies(policies_text(policies), "bench").value()).value();
  cedar::Schema schema = cedar::parse_schema(kSchema, "schema").value();
  cedar::Entities entities = cedar::parse_entities(declared, "entities", &schema).value();
  Requests requests = make_requests(policies, people);
  std::vector<Question> asked = questions(policies, people, requests.all.size());
  cedar::Scratch scratch;
  json::array out;
  std::ofstream bodies(folder + "/bodies.jsonl");
  for (std::size_t i = 0; i < asked.size(); ++i) {
    out.push_back(peer_request(asked[i], set.decide(requests.all[i], entities, scratch).allowed));
    bodies << access_body(asked[i]) << '\n';
  }
  std::ofstream(folder + "/requests.json") << json::serialize(out);
}

}  // namespace
}  // namespace bailiwick::bench

int main(int argc, char** argv) {
  std::string verb = argc == 5 ? argv[1] : "";
  if (verb == "measure") {
    return bailiwick::bench::measure(std::stoul(argv[2]), std::stoul(argv[3]), std::stoul(argv[4])), 0;
  }
  if (verb == "export")
    return bailiwick::bench::export_to(std::stoul(argv[2]), argv[3], std::stoul(argv[4])), 0;
  std::cerr << "policy_decide measure POLICIES TENANTS PEOPLE | export POLICIES FOLDER PEOPLE\n";
  return 2;
}
