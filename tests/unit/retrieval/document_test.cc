// A document is stored so that its offsets mean what everyone thinks they mean.
#include "retrieval/document.h"

#include <gtest/gtest.h>

namespace bailiwick::retrieval {
namespace {

DocumentPtr stored(std::string_view title, std::string_view text, json::object metadata = {}) {
  return make_document("default", "id", title, text, std::move(metadata), WallTime()).value();
}

TEST(Document, ATitleIsTheFirstLineOfTheText) {
  DocumentPtr document = stored("Blood\nbank", "Keep it cold.");
  EXPECT_EQ(document->text, "Blood bank\nKeep it cold.");
  EXPECT_EQ(document->title_bytes, 11u);
}

TEST(Document, ATextThatBeginsWithItsTitleStaysAsItIs) {
  for (const char* text : {"# MRI safety\n\nThe magnet.", "MRI safety\r\nThe magnet.", "MRI safety"}) {
    EXPECT_EQ(stored("MRI safety", text)->text, text);
    EXPECT_EQ(stored("MRI safety", text)->title_bytes, 0u);
  }
}

TEST(Document, TheDigestCoversTitleTextAndMetadata) {
  std::string digest = stored("a", "b")->sha256;
  EXPECT_EQ(digest, stored("a", "b")->sha256);
  EXPECT_NE(digest, stored("", "a\nb")->sha256);
  EXPECT_NE(digest, stored("a", "c")->sha256);
  EXPECT_NE(digest, stored("a", "b", {{"lang", "en"}})->sha256);
  EXPECT_EQ(stored("a", "b", {{"x", 1}, {"y", 2}})->sha256, stored("a", "b", {{"y", 2}, {"x", 1}})->sha256);
}

TEST(Document, WhatIsNoTextIsRefused) {
  auto refused = [](std::string_view id, std::string_view title, std::string_view text) {
    auto made = make_document("default", id, title, text, {}, WallTime());
    return !made && made.error().reason == "document.invalid";
  };
  EXPECT_TRUE(refused("", "t", "x"));
  EXPECT_TRUE(refused(std::string(513, 'i'), "t", "x"));
  EXPECT_TRUE(refused("i", "", "\xFF\xFE"));
  EXPECT_TRUE(refused("i", "", std::string_view("a\0b", 3)));
  EXPECT_TRUE(refused("i", "", "... !"));
  EXPECT_TRUE(refused("i", std::string(2001, 't'), "x"));
  EXPECT_FALSE(refused("i", "a title is enough", ""));
}

}  // namespace
}  // namespace bailiwick::retrieval
