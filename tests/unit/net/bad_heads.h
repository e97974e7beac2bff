// Request heads that two readers could take for different things. Every one must be refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bailiwick::net::test {

struct BadHead {
  std::string_view what;
  std::string bytes;  ///< from the first byte through the empty line
};

inline std::vector<BadHead> bad_heads() {
  using namespace std::string_literals;
  auto with = [](std::string_view fields) {
    return "POST / HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
  };
  return {
      {"a bare CR in a value", with("A: b\rC: d\r\n")},
      {"a bare CR that hides a field", with("A: b\r\rTransfer-Encoding: chunked\r\n")},
      {"a bare LF between fields", with("A: b\nContent-Length: 3\r\n")},
      {"a bare LF after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n"},
      {"a bare LF that ends the head", "GET / HTTP/1.1\r\nHost: x\r\n\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a NUL in a value", with("A: b\0c\r\n"s)},
      {"a NUL in a name", with("A\0: b\r\n"s)},
      {"a control character in a value", with("A: b\x01\r\n")},
      {"a DEL in a value", with("A: b\x7f\r\n")},
      {"a folded line", with("A: b\r\n c\r\n")},
      {"a folded line with a tab", with("Transfer-Encoding:\r\n\tchunked\r\n")},
      {"a folded first field", "GET / HTTP/1.1\r\n Host: x\r\n\r\n"},
      {"a space before the colon", with("Content-Length : 3\r\n")},
      {"a tab before the colon", with("Transfer-Encoding\t: chunked\r\n")},
      {"a line without a colon", with("nonsense\r\n")},
      {"an empty name", with(": b\r\n")},
      {"a name with a space inside", with("Content Length: 3\r\n")},
      {"both lengths", with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")},
      {"both lengths the other way round", with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n")},
      {"two equal lengths", with("Content-Length: 3\r\nContent-Length: 3\r\n")},
      {"two different lengths", with("Content-Length: 3\r\nContent-Length: 4\r\n")},
      {"a list of lengths", with("Content-Length: 3, 3\r\n")},
      {"a signed length", with("Content-Length: +3\r\n")},
      {"a negative length", with("Content-Length: -3\r\n")},
      {"a hexadecimal length", with("Content-Length: 0x3\r\n")},
      {"a length past 64 bits", with("Content-Length: 18446744073709551616\r\n")},
      {"an empty length", with("Content-Length: \r\n")},
      {"two codings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
      {"chunked among others", with("Transfer-Encoding: gzip, chunked\r\n")},
      {"chunked twice", with("Transfer-Encoding: chunked, chunked\r\n")},
      {"identity", with("Transfer-Encoding: identity\r\n")},
      {"a coding that looks like chunked", with("Transfer-Encoding: xchunked\r\n")},
      {"a vertical tab before chunked", with("Transfer-Encoding: \x0b"
                                             "chunked\r\n")},
      {"an empty coding", with("Transfer-Encoding: \r\n")},
      {"a coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n"},
      {"two Hosts", with("Host: y\r\n")},
      {"a Host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n"},
      {"a Host with user information", "GET / HTTP/1.1\r\nHost: u@x\r\n\r\n"},
      {"two spaces in the request line", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a space after the version", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"},
      {"no version", "GET /\r\nHost: x\r\n\r\n"},
      {"an older version", "GET / HTTP/0.9\r\nHost: x\r\n\r\n"},
      {"a newer version", "GET / HTTP/2.0\r\nHost: x\r\n\r\n"},
      {"a version with more digits", "GET / HTTP/1.10\r\nHost: x\r\n\r\n"},
      {"an unknown method", "FETCH / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a method in lower case", "get / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"bytes of TLS", "\x16\x03\x01\x02\r\n\r\n"},
      {"a fragment", "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a raw byte above ASCII in the target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"another authority in the target", "GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a parent segment", "GET /a/../b HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"an encoded parent segment", "GET /a/%2e%2E/b HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"an encoded slash", "GET /a%2fb HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"an encoded NUL", "GET /a%00 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"an encoded line end", "GET /a%0d%0ab HTTP/1.1\r\nHost: x\r\n\r\n"},
  };
}

}  // namespace bailiwick::net::test
