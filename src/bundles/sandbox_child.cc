#include "bundles/sandbox_child.h"

#include <array>
#include <new>

#include <unistd.h>

#include "bundles/trial.h"
#include "bundles/trial_frames.h"
#include "crypto/hash.h"

namespace bailiwick::bundles {

void end_child(ChildExit how) {
  // Without handlers and destructors: a leak checker would look for files, and there are none to flush.
  _exit(static_cast<int>(how));
}

Trial read_trial_from_channel() {
  std::string bytes;
  std::array<char, 65536> part;
  while (bytes.size() <= kMaxTrialBytes) {
    ssize_t size = read(kSandboxChannel, part.data(), part.size());
    if (size < 0) end_child(ChildExit::kBadTrial);
    if (size == 0) break;
    bytes.append(part.data(), static_cast<std::size_t>(size));
  }
  auto trial = decode_trial(bytes);
  if (!trial) end_child(ChildExit::kBadTrial);
  return std::move(*trial);
}

void write_to_channel(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t size = write(kSandboxChannel, bytes.data(), bytes.size());
    if (size <= 0) end_child(ChildExit::kBroken);
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void warm_up_sandbox() {
  // libcrypto reads its settings from files when it is first used, and soon there are none.
  (void)crypto::sha256("");
  (void)run_trial({.tenant = "none",
                   .place = "",
                   .files = {{"tenant.yaml", "id: none\nname: None\n"}},
                   .guardrails = {}});
}

void run_sandbox_child() {
  if (!confine()) end_child(ChildExit::kNotConfined);
  try {
    write_to_channel(encode_report(run_trial(read_trial_from_channel())));
  } catch (const std::bad_alloc&) {
    end_child(ChildExit::kOutOfMemory);
  } catch (...) {
    end_child(ChildExit::kBroken);
  }
  end_child(ChildExit::kDone);
}

}  // namespace bailiwick::bundles
