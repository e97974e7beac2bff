// What an explanation prints: a verdict, who asked, the steps, and nothing that moves the cursor.
#include "cli/explanation.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bailiwick::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

json::object half(std::string_view decision, std::string_view reason, bool agrees, json::array steps = {}) {
  return {{"decision", decision},     {"why_not", ""},
          {"reason", reason},         {"message", ""},
          {"agrees", agrees},         {"policy_revision", "roles-1+abc"},
          {"steps", std::move(steps)}};
}

json::object whole() {
  json::array rules{json::object{{"id", "no-deletes"},
                                 {"effect", "forbid"},
                                 {"outcome", "applies"},
                                 {"cedar", "forbid (\n  principal\n);\n"}}};
  json::array steps{json::object{{"step", "rules"},
                                 {"outcome", "denies"},
                                 {"reason", "rule.no-deletes"},
                                 {"message", "not today"},
                                 {"roles", json::array()},
                                 {"rules", std::move(rules)},
                                 {"rules_left_out", 2}}};
  json::array roles{
      json::object{{"role", "operator"}, {"program", "support"}, {"namespace", ""}, {"outcome", ""}}};
  return {{"record", json::object{{"sequence", 7},
                                  {"action", "corpus.delete"},
                                  {"resource", "document:1"},
                                  {"principal", "token:tok_1"},
                                  {"timestamp", "2026-11-25T12:00:00Z"},
                                  {"decision", "deny"},
                                  {"reason", "rule.no-deletes"}}},
          {"asked_by", json::object{{"subject", "token:tok_1"},
                                    {"known", true},
                                    {"roles", std::move(roles)},
                                    {"scopes", json::array()}}},
          {"note", ""},
          {"then", half("deny", "rule.no-deletes", true, std::move(steps))},
          {"now", half("allow", "role.operator", false)},
          {"evaluations", json::array()}};
}

std::string printed(const json::object& explanation) {
  std::ostringstream out;
  Context context;
  context.out = &out;
  print_explanation(context, explanation);
  return out.str();
}

TEST(Explanation, AVerdictAndItsSteps) {
  std::string text = printed(whole());
  EXPECT_THAT(text,
              HasSubstr("record 7: corpus.delete on document:1 by token:tok_1 at 2026-11-25T12:00:00Z\n"
                        "denied by rule.no-deletes; decided again under roles-1+abc: the same; under the "
                        "rules of now: allowed by role.operator\n"
                        "asked by token:tok_1: operator in program support; scopes: all\n"));
  EXPECT_THAT(text, HasSubstr("    forbid no-deletes: applies\n      forbid (\n        principal\n      );\n"
                              "    and 2 more that speak of this operation\n"));
}

TEST(Explanation, WhatCannotBeDecidedAgainSaysWhy) {
  json::object explanation = whole();
  json::object& then = explanation["then"].as_object();
  then["decision"] = nullptr;
  then["why_not"] = "it stands for many";
  EXPECT_THAT(printed(explanation),
              HasSubstr("then, roles-1+abc: cannot be decided again: it stands for many\n"));
}

// Callers choose resources, and tenants' end users the subjects of evaluations.
TEST(Explanation, NothingIsObeyed) {
  json::object explanation = whole();
  explanation["record"].as_object()["resource"] = "document:\x1b[2Jx";
  explanation["note"] = "a\rb";
  json::object replayed{
      {"decision", false}, {"why_not", ""}, {"policy", "\x1b]0;p"}, {"reason", ""}, {"agrees", false}};
  json::object subject{{"type", "User"}, {"id", "\x1b[31mada\x07"}};
  explanation["evaluations"] = json::array{
      json::object{{"index", 0},
                   {"recorded", json::object{{"subject", std::move(subject)}, {"decision", true}}},
                   {"then", replayed},
                   {"now", replayed}}};
  std::string text = printed(explanation);
  EXPECT_THAT(text, HasSubstr("evaluation 0: User  [31mada "));
  for (const char* control : {"\x1b", "\x07", "\r"}) EXPECT_THAT(text, Not(HasSubstr(control)));
}

}  // namespace
}  // namespace bailiwick::cli
