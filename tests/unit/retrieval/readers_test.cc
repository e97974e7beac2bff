// Files become documents with the text that a person sees in them.
#include "retrieval/readers.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "retrieval/unicode.h"

namespace bailiwick::retrieval {
namespace {

TEST(FormatOf, GoesByTheEnding) {
  EXPECT_EQ(format_of("a/b.MD"), Format::kMarkdown);
  EXPECT_EQ(format_of("corpus.jsonl.gz"), Format::kJsonLines);
  EXPECT_EQ(format_of("a.htm"), Format::kHtml);
  EXPECT_EQ(format_of("notes.txt"), Format::kText);
  EXPECT_EQ(format_of("scan.pdf"), std::nullopt);
  EXPECT_EQ(format_of("md"), std::nullopt);
}

TEST(Readers, MarkdownKeepsItsBytes) {
  CorpusRow row = read_documents(Format::kMarkdown, "a.md", "Intro\n\n# The *title*\n\nText.").value().at(0);
  EXPECT_EQ(row.id, "a.md");
  EXPECT_EQ(row.title, "The *title*");
  EXPECT_EQ(row.text, "Intro\n\n# The *title*\n\nText.");
}

TEST(Readers, ABomIsNoText) {
  EXPECT_EQ(read_documents(Format::kText, "a.txt", "\xEF\xBB\xBFx").value().at(0).text, "x");
}

TEST(Readers, OtherEncodingsAreRefusedByName) {
  Error error = read_documents(Format::kText, "a.txt", "caf\xE9").error();
  EXPECT_EQ(error.reason, "document.invalid");
  EXPECT_NE(error.message.find("a.txt"), std::string::npos);
}

TEST(Readers, JsonLinesAreRowsOfTheirOwn) {
  auto rows =
      read_documents(Format::kJsonLines, "c.jsonl",
                     "{\"_id\": 7, \"text\": \"x\"}\n\n{\"_id\": \"b\", \"title\": \"T\", \"text\": \"y\","
                     " \"metadata\": {\"k\": 1}}\r\n")
          .value();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, "7");
  EXPECT_EQ(rows[1].title, "T");
  EXPECT_EQ(rows[1].metadata.at("k"), 1);
  Error error =
      read_documents(Format::kJsonLines, "c.jsonl", "{\"_id\": \"a\", \"text\": \"x\"}\n{\"text\": 1}")
          .error();
  EXPECT_EQ(error.reason, "beir.malformed");
  EXPECT_NE(error.message.find("c.jsonl:2"), std::string::npos);
}

TEST(Html, IsReadWithoutWhatCannotBeSeen) {
  HtmlText html = text_of_html(
      "<!DOCTYPE html><html><head><title>Wards &amp; beds</title><style>p { color: red }</style>"
      "<script>if (a < b) alert('</p>')</script></head><body><!-- <p>hidden</p> -->"
      "<h1>Wards</h1><p class=\"a>b\">Ward&nbsp;3 is <b>closed</b>.<br>Ask\n  "
      "us.</p><ul><li>one</li><li>two</li></ul>");
  EXPECT_EQ(html.title, "Wards & beds");
  EXPECT_EQ(html.text, "Wards\n\nWard 3 is closed.\nAsk us.\n\none\n\ntwo");
}

TEST(Html, EntitiesAreCharactersAndStrayMarksStay) {
  EXPECT_EQ(text_of_html("&lt;b&gt; &#233;&#x20AC;&eacute; a &unknown; b & c < d &#xD800;").text,
            "<b> \u00E9\u20AC\u00E9 a &unknown; b & c < d \uFFFD");
}

RC_GTEST_PROP(Html, AnyBytesGiveText, ()) {
  auto parts = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("<", ">", "</", "<p", "<script>", "</script", "<!--", "-->", "&", "&#",
                                    "x;", "\"", "title", "<title>", "\xFF", "é"));
  std::string html;
  for (const std::string& part : parts) html += part;
  RC_ASSERT(is_valid_utf8(text_of_html(html).text));
}

}  // namespace
}  // namespace bailiwick::retrieval
