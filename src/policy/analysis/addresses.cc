#include "policy/analysis/addresses.h"

#include <algorithm>

namespace bailiwick::cedar::analysis {
namespace {

using Family = IpAddress::Family;

std::uint8_t full_prefix(Family family) {
  return family == Family::kV4 ? 32 : 128;
}

/// The range with `host` in the bits behind its prefix and another prefix.
IpAddress inside(const IpAddress& range, std::uint64_t host, std::uint8_t prefix) {
  IpAddress made = range;
  made.prefix = prefix;
  unsigned full = full_prefix(range.family);
  for (unsigned bit = range.prefix; bit < full; ++bit) {
    unsigned from_end = full - 1 - bit;
    bool set = from_end < 64 && (host >> from_end & 1U) != 0;
    auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    auto& byte = made.bytes[bit / 8];
    byte = static_cast<std::uint8_t>(set ? byte | mask : byte & ~mask);
  }
  return made;
}

class Search {
 public:
  Search(const AddressRules& rules, std::size_t limit) : rules_(rules), limit_(limit) {}

  Addresses run() {
    for (const IpAddress& address : rules_.suggestions) propose(address);
    for (Family family : {Family::kV4, Family::kV6}) search(family);
    return std::move(result_);
  }
  bool all() const { return all_; }

 private:
  bool fits(const IpAddress& address) const {
    auto has = [&](const IpAddress& range) { return address.is_in(range); };
    return std::ranges::all_of(rules_.in, has) && std::ranges::none_of(rules_.not_in, has) &&
           std::ranges::find(rules_.not_equal, address) == rules_.not_equal.end();
  }
  void propose(const IpAddress& address) {
    if (result_.found.size() >= limit_) all_ = false;
    if (result_.found.size() >= limit_ || !fits(address)) return;
    if (std::ranges::find(result_.found, address) == result_.found.end()) result_.found.push_back(address);
  }

  void search(Family family) {
    IpAddress narrowest;
    narrowest.family = family;
    narrowest.prefix = 0;
    for (const IpAddress& range : rules_.in) {
      if (range.family != family) return;
      if (range.prefix > narrowest.prefix) narrowest = range;
    }
    auto holds = [&](const IpAddress& range) { return narrowest.is_in(range); };
    if (!std::ranges::all_of(rules_.in, holds) || std::ranges::any_of(rules_.not_in, holds)) return;
    std::uint8_t full = full_prefix(family);
    unsigned free_bits = full - narrowest.prefix;
    if (free_bits <= 3) {
      // Few enough to see each.
      for (unsigned prefix = full + 1U; prefix-- > narrowest.prefix;) {
        for (std::uint64_t host = 0; host < (1U << free_bits); ++host)
          propose(inside(narrowest, host, static_cast<std::uint8_t>(prefix)));
      }
      return;
    }
    all_ = false;
    for (std::uint64_t host : {1, 2, 3, 4, 5, 6, 7, 0}) propose(inside(narrowest, host, full));
    for (const IpAddress& hole : rules_.not_in) {
      // Right behind a range that is left out.
      for (std::uint64_t host = 0; host < 4; ++host) {
        IpAddress near = inside(narrowest, 0, full);
        std::copy(hole.bytes.begin(), hole.bytes.end(), near.bytes.begin());
        unsigned bit = hole.prefix == 0 ? 0U : hole.prefix - 1U;
        near.bytes[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> (bit % 8));
        near.bytes[full / 8 - 1] ^= static_cast<std::uint8_t>(host);
        if (near.family == hole.family) propose(near);
      }
    }
    // A range as wide as it may be lies in no narrower one: with enough of them something is left.
    std::size_t enough = rules_.not_equal.size() + limit_ + 1;
    for (std::uint64_t host = 0; host < enough && (free_bits >= 63 || host >> free_bits == 0); ++host)
      propose(inside(narrowest, host, narrowest.prefix));
  }

  const AddressRules& rules_;
  std::size_t limit_;
  bool all_ = true;
  Addresses result_;
};

}  // namespace

Addresses addresses_within(const AddressRules& rules, std::size_t limit) {
  Search search(rules, limit);
  Addresses found = search.run();
  found.all = search.all();
  return found;
}

}  // namespace bailiwick::cedar::analysis
