// ServedEdge: a table of routes behind a real server on the loopback, with the tenants and credentials of a
// GateRig.
#pragma once

#include <gtest/gtest.h>

#include "base/json.h"
#include "edge/route.h"
#include "net/server.h"
#include "support/gate_rig.h"
#include "unit/net/loopback.h"

namespace bailiwick::testing_support {

/// An answer taken apart.
struct Answer {
  int status = 0;
  std::string head;
  std::string body;

  /// Value of the first header field of that name (case as sent), or empty.
  std::string header(std::string_view name) const {
    std::string mark = "\r\n" + std::string(name) + ": ";
    std::size_t at = head.find(mark);
    if (at == std::string::npos) return "";
    at += mark.size();
    return head.substr(at, head.find("\r\n", at) - at);
  }
  json::object json() const {
    auto parsed = parse_json_object(body);
    EXPECT_TRUE(parsed) << body;
    return parsed.value_or(json::object());
  }
  /// The machine word of a problem.
  std::string code() const {
    json::object object = json();
    const json::value* found = object.if_contains("code");
    return found != nullptr ? std::string(found->as_string()) : "";
  }
};

class ServedEdge : public GateRig {
 public:
  explicit ServedEdge(edge::Recording recording = edge::Recording::kBatched) : recording_(recording) {}
  ~ServedEdge() {
    if (server_) server_->drain(std::chrono::seconds(2));
  }
  void serve(std::vector<edge::Route> routes) {
    edge.add(std::move(routes));
    server_ = std::make_unique<net::Server>(net::ServerOptions{},
                                            [this](net::Exchange& e) { return edge.handle(e); });
    ASSERT_TRUE(server_->start());
  }

  /// `head` is the request line and header fields, each ended by CRLF; Host, Connection and length are added.
  Answer send(std::string head, std::string_view body = {}) {
    head += "Host: test\r\nConnection: close\r\n";
    if (!body.empty()) head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    std::string text = net::test::ask(server_->port(), head + "\r\n" + std::string(body));
    std::size_t end = text.find("\r\n\r\n");
    Answer answer;
    if (end == std::string::npos || text.size() < 12) return answer;
    answer.status = std::stoi(text.substr(9, 3));
    answer.head = text.substr(0, end + 2);
    answer.body = text.substr(end + 4);
    return answer;
  }
  /// With a credential and, when there is a body, as JSON.
  Answer call(std::string_view credential, std::string_view method, std::string_view target,
              std::string_view body = {}, std::string_view more = {}) {
    std::string head = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n" + std::string(more);
    if (!credential.empty()) head += "Authorization: Bearer " + std::string(credential) + "\r\n";
    if (!body.empty()) head += "Content-Type: application/json\r\n";
    return send(std::move(head), body);
  }

  Metrics metrics;
  SeededRandom random{11};

 private:
  const edge::Recording recording_;

 public:
  edge::Edge edge{gatekeeper, ledger, metrics, clock, random, recording_};

 private:
  std::unique_ptr<net::Server> server_;
};

}  // namespace bailiwick::testing_support
