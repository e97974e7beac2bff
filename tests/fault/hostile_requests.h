// Requests that no honest client sends, by kind, each with the answer that it must get.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/wire.h"

namespace bailiwick::hostile {

using testing_support::AfterSending;

struct Request {
  std::string what;
  std::string bytes;
  int status = 400;
  std::string_view code = {};  ///< the machine word of the answer begins so, in dialects that have one
  AfterSending after = AfterSending::kStaysOpen;
};

/// Who asks: a tenant's owner, and the platform's admin for what is the platform's.
struct Callers {
  std::string owner;
  std::string admin;
};

inline std::string request(std::string_view line, std::string_view credential, std::string_view fields,
                           std::string_view body = {}) {
  std::string text = std::string(line) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + std::string(fields);
  if (!credential.empty()) text += "Authorization: Bearer " + std::string(credential) + "\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + std::string(body);
}

/// `text`, so many times.
inline std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

inline constexpr std::string_view kJson = "Content-Type: application/json\r\n";

/// A route that takes a JSON object, and members that make a good one.
struct JsonRoute {
  std::string_view line;
  std::string_view members;
  enum class Reader { kBinding, kGateway, kLines } reader = Reader::kBinding;
  enum class Caller { kOwner, kAdmin } caller = Caller::kOwner;
  std::string_view fields = kJson;
};

inline const std::vector<JsonRoute>& json_routes() {
  using enum JsonRoute::Reader;
  using enum JsonRoute::Caller;
  static const std::vector<JsonRoute> routes{
      {"POST /v1/ask", R"("question":"blood bank")"},
      {"POST /v1/retrieve", R"("query":"blood bank")"},
      {"POST /v1/corpus/documents", R"("_id":"d1","text":"some words")", kLines, kOwner,
       "Content-Type: application/x-ndjson\r\n"},
      {"POST /v1/corpus/missing", R"("documents":[])"},
      {"POST /v1/chat/completions", R"("model":"auto","messages":[{"role":"user","content":"hi"}])",
       kGateway},
      {"POST /v1/messages", R"("model":"auto","max_tokens":9,"messages":[{"role":"user","content":"hi"}])",
       kGateway},
      {"POST /v1/messages/count_tokens", R"("model":"auto","messages":[])", kGateway},
      {"POST /v1/embeddings", R"("model":"auto","input":"hi")", kGateway},
      {"POST /v1/tenants/acme-corp/tokens", R"("role":"viewer")"},
      {"POST /v1/tenants/acme-corp/tokens/tok_1/rotate", R"("overlap":"1h")"},
      {"POST /v1/tenants", R"("id":"new-one","name":"New")", kBinding, kAdmin},
      {"PATCH /v1/tenants/acme-corp", R"("name":"Acme")", kBinding, kAdmin,
       "Content-Type: application/json\r\nIf-Match: \"1\"\r\n"},
      {"POST /v1/tenants/acme-corp/suspend", R"("reason":"test")", kBinding, kAdmin},
      {"PUT /v1/prices", R"("m":{"mode":"chat","input_cost_per_token":1})", kBinding, kAdmin},
  };
  return routes;
}

struct Body {
  std::string_view what;
  std::string bytes;
  std::string_view code = "json.";
};

/// Bodies that are not JSON, or that two readers could read differently. `members` makes the rest a good one.
inline std::vector<Body> json_bodies(std::string_view members) {
  using namespace std::string_literals;
  auto with = [&](std::string_view more) {
    return "{" + std::string(members) + "," + std::string(more) + "}";
  };
  std::string long_key = "z" + repeated("\xc3\xa9", 100'000);
  std::string deep_objects = repeated("{\"a\":", 5000) + "1" + repeated("}", 5000);
  return {
      {"no JSON", "nonsense"},
      {"a list", "[" + with("\"z\":1") + "]"},
      {"a string", "\"text\""},
      {"a number", "42"},
      {"nothing but space", "  "},
      {"a truncated string", "{\"z\":\"abc"},
      {"a truncated object", "{" + std::string(members)},
      {"a trailing comma", with("\"z\":1,")},
      {"two objects", with("\"z\":1") + with("\"z\":1")},
      {"something after the object", with("\"z\":1") + "x"},
      {"single quotes", with("'z':1")},
      {"a comment", with("/* z */ \"z\":1")},
      {"deep lists that do not end", repeated("[", 100'000)},
      {"deep lists in a member", with("\"z\":" + repeated("[", 50'000) + repeated("]", 50'000))},
      {"deep objects", with("\"z\":" + deep_objects)},
      {"a number past a double", with("\"z\":1e400")},
      {"a negative number past a double", with("\"z\":-1e400")},
      {"a number of 5000 digits", with("\"z\":" + repeated("9", 5000))},
      {"a leading zero", with("\"z\":01")},
      {"a leading plus", with("\"z\":+1")},
      {"NaN", with("\"z\":NaN")},
      {"Infinity", with("\"z\":Infinity")},
      {"a hexadecimal number", with("\"z\":0x10")},
      {"a key twice", with(R"("z":1,"z":2)")},
      {"a key twice, once escaped", with(R"("z":1,"\u007a":2)")},
      {"a key twice in a member", with(R"("y":{"z":1,"z":2})")},
      {"a key twice in a list's object", with(R"("y":[[{"x":{"z":1,"z":1}}]])")},
      {"an endless key twice", with("\"" + long_key + "\":1,\"" + long_key + "\":2")},
      {"bytes that are no UTF-8", with("\"z\":\"\xff\xfe\"")},
      {"an overlong slash", with("\"z\":\"\xc0\xaf\"")},
      {"a raw surrogate", with("\"z\":\"\xed\xa0\x80\"")},
      {"a lone escaped surrogate", with(R"("z":"\ud800")")},
      {"no UTF-8 in a key", with("\"\xff\":1")},
      {"UTF-16", "{\0\"\0z\0\"\0:\0001\0}\0"s},
      {"a raw NUL in a string", with("\"z\":\"a\0b\""s)},
      {"a NUL after the object", with("\"z\":1") + "\0"s},
      {"a raw control character", with("\"z\":\"a\x01\"")},
      {"an unknown escape", with(R"("z":"\x")")},
  };
}

inline std::vector<Request> malformed_bodies(const Callers& callers) {
  std::vector<Request> all;
  for (const JsonRoute& route : json_routes()) {
    const std::string& caller = route.caller == JsonRoute::Caller::kAdmin ? callers.admin : callers.owner;
    auto add = [&](std::string_view what, std::string_view body, std::string_view code) {
      all.push_back({std::string(route.line) + " with " + std::string(what),
                     request(route.line, caller, route.fields, body), 400, code});
    };
    for (const Body& body : json_bodies(route.members)) {
      // Lines may hold several objects, and an empty one is passed over.
      bool own_words = route.reader == JsonRoute::Reader::kLines;
      add(body.what, body.bytes, own_words ? std::string_view("") : body.code);
    }
    if (route.reader == JsonRoute::Reader::kBinding) {
      std::string many = "{\"z\":1";
      for (int i = 0; i < 50'000; ++i) many += ",\"z" + std::to_string(i) + "\":1";
      add("fifty thousand unknown keys", many + "}", "");
      add("an unknown key of 200 KB", "{\"" + repeated("z", 200'000) + "\":1}", "");
    }
    // In a conversation it is the model's to judge; everywhere else no text holds one.
    if (route.reader != JsonRoute::Reader::kGateway)
      add("an escaped NUL", "{" + std::string(route.members) + R"(,"z":"a\u0000b"})", "");
    add("an escaped NUL in a key", R"({"model":"a\u0000","a\u0000":1,"a\u0000":2})", "");
  }
  return all;
}

inline std::vector<Request> wrong_media(const Callers& callers) {
  std::vector<Request> all;
  for (const JsonRoute& route : json_routes()) {
    const std::string& caller = route.caller == JsonRoute::Caller::kAdmin ? callers.admin : callers.owner;
    std::string body = "{" + std::string(route.members) + "}";
    auto add = [&](std::string_view fields, std::string_view code) {
      all.push_back({std::string(route.line) + " as " + std::string(fields),
                     request(route.line, caller, fields, body), 415, code});
    };
    for (std::string_view type : {"text/plain", "application/x-www-form-urlencoded", "text/xml", "json",
                                  "multipart/form-data; boundary=x", "application/json-patch+json", "\xff"}) {
      add("Content-Type: " + std::string(type) + "\r\n", "media.type");
    }
    add("", "media.type");
    for (std::string_view encoding : {"gzip", "deflate", "br", "identity, gzip", "GZIP"})
      add(std::string(route.fields) + "Content-Encoding: " + std::string(encoding) + "\r\n",
          "media.encoding");
  }
  return all;
}

/// Heads past every bound.
inline std::vector<Request> huge_heads(const Callers& callers) {
  constexpr std::size_t kTenMegabytes = 10 << 20;
  std::string many_large, many_small, hundred_and_one;
  for (std::size_t i = 0; many_large.size() < kTenMegabytes; ++i)
    many_large += "X-" + std::to_string(i) + ": " + std::string(1000, 'v') + "\r\n";
  for (std::size_t i = 0; i < 100'000; ++i) many_small += "X: y\r\n";
  for (std::size_t i = 0; i < 101; ++i) hundred_and_one += "X: y\r\n";
  std::string long_value = "X: " + std::string(kTenMegabytes, 'v') + "\r\n";
  std::string long_name = std::string(kTenMegabytes, 'n') + ": v\r\n";
  std::string long_target = "GET /v1/whoami?q=" + std::string(kTenMegabytes, 'q');
  auto get = [&](std::string_view fields) { return request("GET /v1/whoami", callers.owner, fields); };
  return {
      {"one header of 10 MB", get(long_value), 431, "request.head_too_large"},
      {"a header name of 10 MB", get(long_name), 431, "request.head_too_large"},
      {"10 MB of headers", get(many_large), 431, "request.head_too_large"},
      {"100,000 headers", get(many_small), 431, "request.head_too_large"},
      {"101 headers", get(hundred_and_one), 400, "request.malformed"},
      {"a target of 10 MB", request(long_target, callers.owner, ""), 431, "request.head_too_large"},
      {"a method of 10 MB", request(std::string(kTenMegabytes, 'M') + " /", callers.owner, ""), 431, ""},
      {"a credential of 12 KB", request("GET /v1/whoami", std::string(12'000, 'c'), ""), 401, ""},
  };
}

/// Targets that would leave the place they name, if anybody let them.
inline std::vector<Request> wandering_targets(const Callers& callers) {
  std::vector<Request> all;
  auto get = [&](std::string_view target, int status, std::string_view code) {
    all.push_back({"GET " + std::string(target), request("GET " + std::string(target), callers.owner, ""),
                   status, code});
  };
  for (std::string_view target : {"/v1/../v1/whoami",
                                  "/v1/./whoami",
                                  "/..",
                                  "/../../../../etc/passwd",
                                  "/v1/%2e%2e/v1/whoami",
                                  "/v1/%2e./whoami",
                                  "/v1/..%2f..%2fetc/passwd",
                                  "/v1/tenants/%2e%2e%2fbeta-inc",
                                  "/v1/whoami%00",
                                  "/v1/tenants/acme-corp%00beta-inc",
                                  "/v1/tenants/acme-corp%2f..%2fbeta-inc",
                                  "/v1/..\\whoami",
                                  "/v1/..%5cwhoami",
                                  "/v1/tenants/..%5c..%5cetc",
                                  "//v1/whoami",
                                  "/v1//whoami",
                                  "/v1/%",
                                  "/v1/whoami%2",
                                  "/v1/whoami%zz",
                                  "/v1/%c0%ae%c0%ae/whoami",
                                  "/v1/%ff",
                                  "/v1/whoami%0d%0aX:y",
                                  "/v1/whoami#fragment",
                                  "/v1/corpus/document?id=%00",
                                  "/v1/corpus/document?id=%ff",
                                  "/v1/whoami?%",
                                  "whoami",
                                  "http://elsewhere.example/v1/whoami",
                                  "ftp://127.0.0.1/v1/whoami",
                                  "127.0.0.1:80",
                                  "*"}) {
    get(target, 400, "request.malformed");
  }
  for (std::string_view target : {"/v1/whoami/", "/v1/WHOAMI", "/v2/whoami", "/.git/config", "/etc/passwd"})
    get(target, 404, "route.not_found");
  // Encoded once more than is decoded: a name like any other, and nobody's.
  get("/v1/tenants/%252e%252e%252fbeta-inc", 403, "tenant.mismatch");
  get("/v1/tenants/beta-inc", 403, "tenant.mismatch");
  get("/v1/whoami?tenant=../beta-inc", 403, "tenant.mismatch");
  get("/v1/corpus/document?id=../../../../etc/passwd", 404, "");
  get("/v1/corpus/document?id=d1&collection=../../beta-inc", 404, "");
  get("/v1/corpus/documents?page_size=-1", 400, "page.size");
  get("/v1/corpus/documents?page_size=99999999999999999999", 400, "page.size");
  get("/v1/corpus/documents?page_token=%22%3B--", 400, "page.token");
  return all;
}

/// Ids and names in bodies that would leave their place, and values that are not what they should be.
inline std::vector<Request> wandering_names(const Callers& callers) {
  std::vector<Request> all;
  auto post = [&](std::string_view line, const std::string& caller, const std::string& body, int status,
                  std::string_view code) {
    std::string_view fields = line.ends_with("ndjson") ? "Content-Type: application/x-ndjson\r\n" : kJson;
    std::string_view target = line.substr(0, line.find(" as "));
    all.push_back({std::string(line) + " " + body, request(target, caller, fields, body), status, code});
  };
  for (std::string_view id : {"../beta", "a/b", "a\\\\b", ".", "..", "_platform", "Acme", "-a", "a--b", "",
                              "acme\\n", "acme\\u0000", "\xd0\xb0\x63me", "%2e%2e", "a b"}) {
    post("POST /v1/tenants", callers.admin, R"({"name":"N","id":")" + std::string(id) + "\"}", 400, "");
    post("POST /v1/tenants/acme-corp/tokens", callers.owner,
         R"({"bindings":[{"role":"viewer","program":")" + std::string(id) + "\"}]}", 400, "");
  }
  post("POST /v1/tenants", callers.admin, R"({"name":"N","id":")" + std::string(64, 'a') + "\"}", 400, "");
  for (std::string_view collection : {"../../beta-inc", "..%2fbeta", "a/b", "%5c", "a%0ab", "caf%C3%A9"})
    post("POST /v1/corpus/documents?collection=" + std::string(collection) + " as ndjson", callers.owner,
         R"({"_id":"x","text":"some words"})", 400, "");
  for (std::string_view body :
       {R"({"role":"emperor"})", R"({"role":"viewer","expires_in":"-1d"})",
        R"({"role":"viewer","expires_in":"99999999999999d"})", R"({"role":"viewer","expires_in":1e300})",
        R"({"role":"viewer","scopes":["../*"]})", R"({})"}) {
    post("POST /v1/tenants/acme-corp/tokens", callers.owner, std::string(body), 400, "");
  }
  for (std::string_view body :
       {R"({"query":""})", R"({"query":7})", R"({"query":"x","top_k":0})", R"({"query":"x","top_k":1e99})",
        R"({"query":"x","top_k":9223372036854775808})", R"({"query":"x","filter":{"k":{"$gt":1}}})",
        R"({"query":"x","group_by":"tenant"})", R"({"query":"x","tenant":"beta-inc"})"}) {
    post("POST /v1/retrieve", callers.owner, std::string(body), 400, "");
  }
  for (std::string_view body :
       {R"({"model":7,"messages":[]})", R"({"model":"","messages":[]})", R"({"messages":[]})",
        R"({"model":"auto","messages":[],"max_tokens":-1})",
        R"({"model":"auto","messages":[],"max_tokens":1e99})",
        R"({"model":"auto","messages":[],"stream":"yes"})", R"({"model":"a\u0000b","messages":[]})"}) {
    post("POST /v1/chat/completions", callers.owner, std::string(body), 400, "");
    post("POST /v1/messages", callers.owner, std::string(body), 400, "");
  }
  post("POST /v1/messages", callers.owner, R"({"model":"../../etc/passwd","messages":[]})", 404, "");
  return all;
}

/// Framing that hides one request in another, and bodies that are not what their head says.
inline std::vector<Request> bad_framing(const Callers& callers) {
  auto post = [&](std::string_view fields, std::string_view rest) {
    return "POST /v1/retrieve HTTP/1.1\r\nHost: 127.0.0.1\r\n" + std::string(kJson) +
           "Authorization: Bearer " + callers.owner + "\r\n" + std::string(fields) + "\r\n" +
           std::string(rest);
  };
  constexpr std::string_view kChunked = "Transfer-Encoding: chunked\r\n";
  constexpr std::string_view kCode = "body.framing";
  std::string endless_extension = "5;" + std::string(20'000, 'e');
  std::string endless_trailer = "0\r\n" + std::string(20'000, 't');
  std::string too_much;
  for (int i = 0; i < 20; ++i) too_much += "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  return {
      {"a length past every limit", post("Content-Length: 18446744073709551615\r\n", "{}"), 413, ""},
      {"a length of a terabyte, offered first",
       post("Expect: 100-continue\r\nContent-Length: 1099511627776\r\n", ""), 413, ""},
      {"an unknown expectation", post("Expect: the-worst\r\nContent-Length: 2\r\n", "{}"), 417, ""},
      {"a chunk size that is no number", post(kChunked, "xyz\r\n"), 400, kCode},
      {"a negative chunk size", post(kChunked, "-5\r\nabcde\r\n"), 400, kCode},
      {"a chunk size past 64 bits", post(kChunked, "11111111111111111\r\n"), 400, kCode},
      {"a chunk size with a space", post(kChunked, "5 \r\nabcde\r\n0\r\n\r\n"), 400, kCode},
      {"a chunk that ends with a bare LF", post(kChunked, "5\nabcde\n0\n\n"), 400, kCode},
      {"a chunk that is longer than said", post(kChunked, "2\r\nabcde\r\n"), 400, kCode},
      {"an endless chunk extension", post(kChunked, endless_extension), 400, kCode},
      {"an endless trailer", post(kChunked, endless_trailer), 400, kCode},
      {"chunks past the limit", post(kChunked, too_much), 413, ""},
      {"a chunk of sixteen exabytes", post(kChunked, "ffffffffffffffff\r\nabc"), 400, "",
       AfterSending::kEndsSending},
      {"a body that ends early", post("Content-Length: 100\r\n", "{\"query\""), 400, "body.truncated",
       AfterSending::kEndsSending},
      {"chunks that end early", post(kChunked, "5\r\n{\"que"), 400, "body.truncated",
       AfterSending::kEndsSending},
      {"no body at all", post("", ""), 400, "json."},
  };
}

/// Methods, and header values, that a route does not take.
inline std::vector<Request> misplaced(const Callers& callers) {
  using namespace std::string_literals;
  auto whoami = [&](std::string_view fields) { return request("GET /v1/whoami", callers.owner, fields); };
  auto patch = [&](std::string_view match) {
    return request("PATCH /v1/tenants/acme-corp", callers.admin,
                   "Content-Type: application/json\r\nIf-Match: " + std::string(match) + "\r\n", "{}");
  };
  return {
      {"DELETE of what is only read", request("DELETE /v1/whoami", callers.owner, ""), 405, ""},
      {"TRACE", request("TRACE /v1/whoami", callers.owner, ""), 405, ""},
      {"OPTIONS of everything", request("OPTIONS *", callers.owner, ""), 404, ""},
      {"GET of what is posted", request("GET /v1/ask", callers.owner, ""), 405, ""},
      {"another tenant in a header", whoami("X-Bailiwick-Tenant: beta-inc\r\n"), 403, "tenant.mismatch"},
      {"no UTF-8 as a tenant", whoami("X-Bailiwick-Tenant: \xff\xfe\r\n"), 403, "tenant.mismatch"},
      {"a path as a program", whoami("X-Bailiwick-Program: ../../x\r\n"), 400, ""},
      {"no UTF-8 as a program", whoami("X-Bailiwick-Program: \xff\r\n"), 400, ""},
      {"no UTF-8 as a namespace", whoami("X-Bailiwick-Namespace: \xff\r\n"), 400, ""},
      {"no UTF-8 as a credential", request("GET /v1/whoami", "\xff\xfe", ""), 401, ""},
      {"another scheme", request("GET /v1/whoami", "", "Authorization: Basic YTpi\r\n"), 401, ""},
      {"two credentials", whoami("X-Api-Key: other\r\n"), 401, ""},
      {"an If-Match that is no ETag", patch("yesterday"), 400, ""},
      {"an If-Match past 64 bits", patch("\"99999999999999999999\""), 400, ""},
      {"an old If-Match", patch("\"0\""), 412, ""},
  };
}

}  // namespace bailiwick::hostile
