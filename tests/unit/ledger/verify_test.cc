// Whatever one does to an exported chain is found; what cannot be found without a checkpoint is found with
// one.
#include "ledger/verify.h"

#include <sstream>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "ledger/chain_hash.h"

namespace bailiwick::ledger {
namespace {

using Lines = std::vector<std::string>;

/// An export of `tenant` whose records say `texts`.
Lines chain_of(const std::vector<std::string>& texts, std::string_view tenant = "acme-corp") {
  Lines lines;
  ChainPoint point;
  for (const std::string& text : texts) {
    Record record;
    record.time = WallTime(std::chrono::microseconds(point.sequence));
    record.resource = text;
    Entry entry;
    entry.sequence = point.sequence + 1;
    entry.previous_hash = point.hash;
    const std::string payload = to_json(record, tenant, entry.sequence);
    entry.payload = payload;
    entry.hash = chain_hash(point.hash, entry.payload);
    point = {entry.sequence, entry.hash};
    lines.push_back(to_export_line(entry));
  }
  return lines;
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

VerifyReport verify(const std::string& text, const std::optional<Checkpoint>& checkpoint = std::nullopt) {
  std::istringstream in(text);
  return verify_export(in, checkpoint).value();
}

Checkpoint checkpoint_of(const Lines& lines) {
  VerifyReport report = verify(joined(lines));
  return {report.tenant, report.head.sequence, report.head.hash, "2026-11-25T12:00:00Z"};
}

/// Where the first problem is.
std::string first_problem(const VerifyReport& report) {
  return report.problems.empty() ? "none" : report.problems[0].where + ": " + report.problems[0].message;
}

const Lines kFive = chain_of({"a", "b", "c", "d", "e"});

TEST(VerifyExport, AWholeChainPassesAndSaysThatItsTailIsNotAnchored) {
  VerifyReport report = verify(joined(kFive));
  EXPECT_TRUE(report.problems.empty()) << to_string(report.problems);
  EXPECT_EQ(report.records, 5u);
  EXPECT_EQ(report.tenant, "acme-corp");
  EXPECT_EQ(report.head.sequence, 5u);
  EXPECT_FALSE(report.anchored);
}

TEST(VerifyExport, ACheckpointVouchesForItsPrefix) {
  Checkpoint checkpoint = checkpoint_of({kFive.begin(), kFive.begin() + 3});
  VerifyReport report = verify(joined(kFive), checkpoint);
  EXPECT_TRUE(report.problems.empty()) << to_string(report.problems);
  EXPECT_TRUE(report.anchored);
  EXPECT_EQ(report.anchored_through, 3u);
}

TEST(VerifyExport, AnExportMayBeginRightBehindTheCheckpoint) {
  Checkpoint checkpoint = checkpoint_of({kFive.begin(), kFive.begin() + 3});
  Lines rest(kFive.begin() + 3, kFive.end());
  EXPECT_TRUE(verify(joined(rest), checkpoint).anchored);
  EXPECT_EQ(first_problem(verify(joined(rest))), "record 4: records 1 to 3 are missing before it");
  Lines other = chain_of({"x", "b", "c", "d", "e"});
  EXPECT_EQ(first_problem(verify(joined({other.begin() + 3, other.end()}), checkpoint)),
            "record 4: does not follow the record before it");
}

TEST(VerifyExport, NamesWhatWasDone) {
  Lines dropped = kFive, swapped = kFive, twice = kFive, foreign = kFive;
  dropped.erase(dropped.begin() + 1);
  std::swap(swapped[1], swapped[2]);
  twice.insert(twice.begin() + 2, twice[1]);
  foreign[2] = chain_of({"a", "b", "c"}, "beta-inc")[2];
  EXPECT_EQ(first_problem(verify(joined(dropped))), "record 3: record 2 is missing before it");
  EXPECT_EQ(first_problem(verify(joined(swapped))), "record 3: record 2 is missing before it");
  EXPECT_EQ(first_problem(verify(joined(twice))), "record 2: stands after record 2: out of order or twice");
  EXPECT_EQ(first_problem(verify(joined(foreign))), "record 3: is of beta-inc, in the chain of acme-corp");
  Lines changed = kFive;
  changed[3].replace(changed[3].find("\"resource\":\"d\""), 14, "\"resource\":\"D\"");
  VerifyReport report = verify(joined(changed));
  EXPECT_EQ(report.problems.size(), 1u) << to_string(report.problems);
  EXPECT_EQ(first_problem(report), "record 4: was changed: its hash is not that of its content");
}

TEST(VerifyExport, TruncationAndRewritingShowAgainstACheckpoint) {
  Checkpoint checkpoint = checkpoint_of(kFive);
  Lines cut(kFive.begin(), kFive.begin() + 4), rewritten = chain_of({"a", "b", "C", "d", "e"});
  EXPECT_TRUE(verify(joined(cut)).problems.empty()) << "a chain alone cannot show this";
  EXPECT_TRUE(verify(joined(rewritten)).problems.empty()) << "a chain alone cannot show this";
  EXPECT_EQ(first_problem(verify(joined(cut), checkpoint)),
            "record 5: the checkpoint knows it, the export ends with record 4: the chain was truncated");
  EXPECT_EQ(first_problem(verify(joined(rewritten), checkpoint)),
            "record 5: is not the one of the checkpoint: the chain was rewritten");
  EXPECT_FALSE(verify("", checkpoint).problems.empty());
}

TEST(VerifyExport, ACheckpointOfAnotherTenantVouchesForNothing) {
  Checkpoint checkpoint = checkpoint_of(chain_of({"a", "b"}, "beta-inc"));
  VerifyReport report = verify(joined(kFive), checkpoint);
  EXPECT_FALSE(report.problems.empty());
  EXPECT_FALSE(report.anchored);
}

TEST(VerifyExport, AnEndlessLineIsRefused) {
  std::istringstream in(std::string(3 << 20, 'x'));
  EXPECT_EQ(verify_export(in, std::nullopt).error().reason, "export.line_too_long");
}

TEST(Checkpoint, ReadsWhatItWrites) {
  Checkpoint checkpoint = checkpoint_of(kFive);
  Checkpoint read = Checkpoint::parse(checkpoint.to_json()).value();
  EXPECT_EQ(read.tenant, "acme-corp");
  EXPECT_EQ(read.sequence, 5u);
  EXPECT_EQ(read.hash, checkpoint.hash);
  EXPECT_EQ(Checkpoint::parse("{\"tenant\":\"a\"}").error().reason, "checkpoint.malformed");
}

/// One change of an export, made as an attacker without the power to hash anew would.
std::string mutated(Lines lines) {
  auto line = [&] { return *rc::gen::inRange<std::size_t>(0, lines.size()); };
  switch (*rc::gen::inRange(0, 5)) {
    case 0: {
      std::string text = joined(lines);
      text.pop_back();  // a file without its last newline says the same
      auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      text[at] = static_cast<char>(text[at] ^ *rc::gen::inRange(1, 256));
      return text + "\n";
    }
    case 1:
      lines.erase(lines.begin() + static_cast<long>(line()));
      break;
    case 2: {
      std::size_t a = line(), b = line();
      if (a == b) b = (a + 1) % lines.size();
      std::swap(lines[a], lines[b]);
      break;
    }
    case 3: {
      std::size_t from = line(), to = line();
      lines.insert(lines.begin() + static_cast<long>(to), lines[from]);
      break;
    }
    default:
      lines.resize(line());
  }
  return joined(lines);
}

RC_GTEST_PROP(VerifyExport, AnySingleChangeIsFound, ()) {
  auto texts = *rc::gen::resize(
      8, rc::gen::suchThat<std::vector<std::string>>([](const auto& v) { return v.size() >= 2; }));
  Lines lines = chain_of(texts);
  Checkpoint checkpoint = checkpoint_of(lines);
  RC_ASSERT(verify(joined(lines), checkpoint).problems.empty());
  RC_ASSERT(!verify(mutated(lines), checkpoint).problems.empty());
}

}  // namespace
}  // namespace bailiwick::ledger
