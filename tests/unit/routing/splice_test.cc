// Splices change one place of a JSON text and no other byte.
#include "routing/splice.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/json.h"

namespace bailiwick::routing {
namespace {

std::string value_of(std::string_view text, std::size_t index) {
  Extent extent = member_value(text, index);
  return std::string(text.substr(extent.begin, extent.end - extent.begin));
}

TEST(MemberValue, FindsEveryKindOfValue) {
  std::string_view text = R"( { "a" : "x\"},{" ,"b":[1,{"c":"]"}], "d\\":-1.5e3
,"e":null,"f":{"g":{}} })";
  EXPECT_EQ(value_of(text, 0), R"("x\"},{")");
  EXPECT_EQ(value_of(text, 1), R"([1,{"c":"]"}])");
  EXPECT_EQ(value_of(text, 2), "-1.5e3");
  EXPECT_EQ(value_of(text, 3), "null");
  EXPECT_EQ(value_of(text, 4), R"({"g":{}})");
}

TEST(Splicer, MakesSeveralEditsInAnyOrder) {
  std::string_view text = R"({"a":1,"b":{}})";
  Splicer splicer(text);
  splicer.insert_member(11, R"("x":2)", Splicer::Others::kNone);
  splicer.replace(member_value(text, 0), "\"one\"");
  splicer.insert_member(0, R"("z":0)", Splicer::Others::kSome);
  EXPECT_EQ(splicer.finish(), R"({"z":0,"a":"one","b":{"x":2}})");
}

RC_GTEST_PROP(Splicer, FindsWhatAParserFinds, ()) {
  json::object object;
  const auto members = *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(
      rc::gen::pair(rc::gen::string<std::string>(), rc::gen::string<std::string>()));
  auto ascii = [](std::string text) {
    for (char& c : text) c = static_cast<char>(c & 0x7f);
    return text;
  };
  for (const auto& [key, value] : members)
    object[ascii(key)] = json::array{json::string(ascii(value)), json::object{{"k", 1}}};
  std::string text = json::serialize(object);
  std::size_t index = 0;
  for (const auto& member : object) RC_ASSERT(value_of(text, index++) == json::serialize(member.value()));
}

}  // namespace
}  // namespace bailiwick::routing
