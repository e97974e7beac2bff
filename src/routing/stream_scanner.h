// StreamScanner: looks at server-sent events going by, for usage, for the end, and for how much was written.
//
// Whole events pass as the bytes they came in; a piece of an event waits for its rest. The one event that is
// ever held back for good is OpenAI's usage-only chunk when the caller did not ask for it.
#pragma once

#include <string>
#include <string_view>

#include "routing/usage.h"

namespace bailiwick::routing {

enum class UsageChunk { kPass, kStrip };

class StreamScanner {
 public:
  StreamScanner(snapshot::ProviderKind kind, UsageChunk usage_chunk)
      : kind_(kind), usage_chunk_(usage_chunk) {}

  /// Bytes to deliver, as views into `bytes` or into this; they live until the next call.
  std::string_view feed(std::string_view bytes);
  /// What is left when the upstream ended in the middle of an event.
  std::string_view rest() const { return pending_; }

  /// The dialect's last event has been seen.
  bool ended() const { return ended_; }
  /// Or at least the reason why the model stopped: not everybody who speaks a dialect ends as its owner does.
  bool complete() const { return ended_ || stopped_; }
  const UsageFields& usage() const { return usage_; }
  /// Of the events seen so far, for when no usage is reported: how many had text, each of a token at least,
  /// and how much.
  std::int64_t text_events() const { return text_events_; }
  std::int64_t text_bytes() const { return text_bytes_; }

 private:
  enum class Verdict { kDeliver, kStrip };
  Verdict look_at(std::string_view event);
  void measure(std::string_view event);
  bool is_last(std::string_view event) const;

  snapshot::ProviderKind kind_;
  UsageChunk usage_chunk_;
  bool ended_ = false;
  bool stopped_ = false;
  UsageFields usage_;
  std::int64_t text_events_ = 0;
  std::int64_t text_bytes_ = 0;
  std::string pending_;    ///< of an event whose end has not come yet
  std::string joined_;     ///< `pending_` and what completed it
  std::string delivered_;  ///< what is left when an event was taken out
};

}  // namespace bailiwick::routing
