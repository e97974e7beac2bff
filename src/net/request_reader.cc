#include "net/request_reader.h"

#include <algorithm>
#include <charconv>

namespace bailiwick::net {
namespace {

constexpr std::string_view kContentLength = "content-length";

/// The value of the field in a head that was accepted: it has one at most.
std::string_view length_in(std::string_view head) {
  for (std::size_t end = head.find("\r\n"); end + 2 < head.size(); end = head.find("\r\n", end + 2)) {
    std::string_view line = head.substr(end + 2);
    if (line.size() <= kContentLength.size() || line[kContentLength.size()] != ':' ||
        !equals_ignoring_case(line.substr(0, kContentLength.size()), kContentLength))
      continue;
    line.remove_prefix(line.find_first_of("0123456789"));
    return line.substr(0, line.find_first_not_of("0123456789"));
  }
  return {};
}

}  // namespace

void RequestReader::set_peer(std::string address, Channel channel) {
  request_.head.peer = std::move(address);
  request_.head.secure = channel == Channel::kTls;
}

bool RequestReader::read(std::string_view head, Refusal& refusal) {
  if (repeats(head)) return true;
  kept_.clear();
  if (!parse_request(head, request_, refusal)) return false;
  if (head.size() <= kMostKept) keep(head);
  return true;
}

bool RequestReader::repeats(std::string_view head) {
  if (head.size() != kept_.size()) return false;
  const std::size_t behind = length_at_ + length_size_;
  const std::string_view kept = kept_;
  return head.substr(0, length_at_) == kept.substr(0, length_at_) &&
         head.substr(behind) == kept.substr(behind) && take_length(head.substr(length_at_, length_size_));
}

bool RequestReader::take_length(std::string_view digits) {
  const std::string_view kept = std::string_view(kept_).substr(length_at_, length_size_);
  if (digits == kept) return true;
  const bool plain = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  std::uint64_t length = 0;
  if (!plain || std::from_chars(digits.begin(), digits.end(), length).ec != std::errc()) return false;
  request_.framing.length = length;
  request_.head.headers.overwrite(kContentLength, digits);
  kept_.replace(length_at_, length_size_, digits);
  return true;
}

void RequestReader::keep(std::string_view head) {
  kept_ = head;
  const std::string_view length =
      request_.framing.kind == BodyFraming::Kind::kLength ? length_in(head) : std::string_view();
  length_at_ = length.empty() ? head.size() : static_cast<std::size_t>(length.data() - head.data());
  length_size_ = length.size();
}

}  // namespace bailiwick::net
