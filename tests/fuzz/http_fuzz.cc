// Any bytes as a request and its body: no crash; a head that is accepted means the same when it is written
// again, when it follows one like it on its connection, and when it comes in pieces; a body is the same in
// any split.
#include <cstdint>
#include <string>

#include <llhttp.h>

#include "net/framing.h"
#include "net/head_parser.h"
#include "net/request_reader.h"
#include "net/response_parser.h"

namespace {

using namespace bailiwick;
using namespace bailiwick::net;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

std::string write_again(const ParsedRequest& request) {
  const RequestHead& head = request.head;
  std::string wire =
      head.method + " " + head.target + " HTTP/1." + std::to_string(request.minor_version) + "\r\n";
  for (const auto& [name, value] : head.headers) wire.append(name).append(": ").append(value).append("\r\n");
  return wire + "\r\n";
}

void require_same(const ParsedRequest& a, const ParsedRequest& b) {
  require(a.head.method == b.head.method && a.head.target == b.head.target && a.head.path == b.head.path);
  require(a.head.query == b.head.query && a.head.headers.size() == b.head.headers.size());
  auto other = b.head.headers.begin();
  for (const auto& [name, value] : a.head.headers) {
    require(name == (*other).name && value == (*other).value);
    ++other;
  }
  require(a.framing.kind == b.framing.kind && a.framing.length == b.framing.length && a.after == b.after);
}

/// The target and the fields as llhttp reads them, each ended by a newline, values without the space around
/// them.
struct OtherReading {
  std::string text;
  std::string value;
};

OtherReading& reading_of(llhttp_t* parser) {
  return *static_cast<OtherReading*>(parser->data);
}

int on_text(llhttp_t* parser, const char* at, std::size_t size) {
  reading_of(parser).text.append(at, size);
  return 0;
}

int on_text_end(llhttp_t* parser) {
  reading_of(parser).text += '\n';
  return 0;
}

int on_value(llhttp_t* parser, const char* at, std::size_t size) {
  reading_of(parser).value.append(at, size);
  return 0;
}

int on_value_end(llhttp_t* parser) {
  OtherReading& reading = reading_of(parser);
  reading.value.erase(reading.value.find_last_not_of(" \t") + 1);
  reading.text += reading.value + '\n';
  reading.value.clear();
  return 0;
}

std::string read_otherwise(std::string_view head) {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_url = settings.on_header_field = on_text;
  settings.on_url_complete = settings.on_header_field_complete = on_text_end;
  settings.on_header_value = on_value;
  settings.on_header_value_complete = on_value_end;
  settings.on_headers_complete = [](llhttp_t*) { return static_cast<int>(HPE_PAUSED); };
  OtherReading reading;
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  parser.data = &reading;
  require(llhttp_execute(&parser, head.data(), head.size()) == HPE_PAUSED);
  require(llhttp_get_error_pos(&parser) == head.data() + head.size());
  return reading.text;
}

void require_same_to_llhttp(const RequestHead& head, std::string_view bytes) {
  std::string ours = head.target + '\n';
  for (const auto& [name, value] : head.headers) ours.append(name).append("\n").append(value).append("\n");
  require(ours == read_otherwise(bytes));
}

/// The body and whether it ended well, taken in pieces of at most `step` bytes.
std::string decode(BodyFraming framing, std::string_view bytes, std::size_t step) {
  BodyDecoder decoder(framing);
  std::string body;
  while (!bytes.empty() && !decoder.finished()) {
    std::string_view input = bytes.substr(0, step);
    std::size_t given = input.size();
    while (!input.empty() && !decoder.finished()) {
      auto piece = decoder.next(input);
      if (!piece) return body + "<malformed>";
      body += *piece;
    }
    bytes.remove_prefix(given - input.size());
  }
  return body + (decoder.finished() ? "<finished>" : "<open>");
}

/// A head that follows one that differs from it in a digit, or in nothing, is read as if it came first.
void require_known_again(std::string_view head) {
  RequestReader reader;
  Refusal refusal;
  auto require_read_alike = [&](std::string_view next) {
    ParsedRequest expected;
    const bool good = parse_request(next, expected, refusal);
    require(reader.read(next, refusal) == good);
    if (good) require_same(reader.request(), expected);
  };
  require_read_alike(head);
  require_read_alike(head);
  std::string other(head);
  for (char& c : other) {
    if (c < '0' || c > '9') continue;
    c = c == '9' ? '0' : static_cast<char>(c + 1);
    require_read_alike(other);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::size_t head_size = find_head_end(bytes);
  if (head_size == std::string_view::npos) {
    (void)partial_head_fault(bytes);
    return 0;
  }
  std::string_view head = bytes.substr(0, head_size);
  std::string_view rest = bytes.substr(head_size);
  ParsedResponse response;
  if (parse_response(head, "GET", response).empty()) (void)decode(response.framing, rest, rest.size());

  ParsedRequest request;
  Refusal refusal;
  if (!parse_request(head, request, refusal)) {
    require(refusal.status >= 400 && !refusal.fault.empty());
    return 0;
  }
  require_same_to_llhttp(request.head, head);
  for (std::size_t have = 0; have < head.size(); ++have)
    require(partial_head_fault(head.substr(0, have)).empty());
  std::string again = write_again(request);
  ParsedRequest second;
  require(find_head_end(again) == again.size() && parse_request(again, second, refusal));
  require_same(request, second);
  require_known_again(head);
  require(decode(request.framing, rest, rest.size() + 1) == decode(request.framing, rest, 1));
  return 0;
}
