// Shows TLS end to end: a good certificate is taken, an unknown or misnamed one is refused, old versions are
// refused.
#include "net/tls.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/client.h"
#include "support/temp_folder.h"
#include "unit/net/loopback.h"
#include "unit/net/started_server.h"

namespace bailiwick::net {
namespace {

using namespace std::chrono_literals;

/// Writes a fresh self-signed certificate for `names` (`DNS:…,IP:…`) and its key as PEM files.
TlsOptions self_signed(const std::filesystem::path& folder, const std::string& names) {
  TlsOptions options{(folder / "cert.pem").string(), (folder / "key.pem").string()};
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1,
                             -1, 0);
  X509_set_issuer_name(certificate, subject);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_sign(certificate, key, EVP_sha256());
  BIO* out = BIO_new_file(options.certificate_file.c_str(), "w");
  PEM_write_bio_X509(out, certificate);
  BIO_free(out);
  out = BIO_new_file(options.key_file.c_str(), "w");
  PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  BIO_free(out);
  X509_EXTENSION_free(extension);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return options;
}

Task<void> describe(Exchange& exchange) {
  auto body = co_await exchange.read_body(1 << 20);
  if (!body) co_return;
  Headers headers;
  (void)co_await exchange.start_stream(200, headers);
  (void)co_await exchange.write(exchange.head().secure ? "secure " : "plain ");
  (void)co_await exchange.write(*body);
  (void)co_await exchange.finish();
}

Task<Result<std::string>> post(Client& client, Origin origin, std::string body) {
  ClientRequest request;
  request.path = "/";
  request.body = body;
  CO_TRY(auto response, co_await client.send(origin, request, 3s));
  co_return co_await response->read_all(4 << 20);
}

class Tls : public testing::Test {
 protected:
  /// Serves with a certificate for `names` and posts to `host` there, trusting `authorities`, or that
  /// certificate.
  Result<std::string> ask(const std::string& names, const std::string& host, const std::string& body,
                          std::string authorities = {}) {
    ServerOptions options;
    options.tls = self_signed(folder_.path(), names);
    test::StartedServer server(describe, options);
    ClientOptions client_options;
    client_options.ca_file = authorities.empty() ? options.tls->certificate_file : authorities;
    asio::io_context io;
    Client client(io, client_options);
    auto origin = Origin::parse("https://" + host + ":" + std::to_string(server.port()));
    auto first = test::run(io, post(client, *origin, body));
    if (!first) return first;
    auto second = test::run(io, post(client, *origin, body));
    EXPECT_TRUE(second && *second == *first);
    return first;
  }

  testing_support::TempFolder folder_;
};

TEST_F(Tls, CarriesRequestsBothWays) {
  std::string body(300'000, 'b');
  auto answer = ask("IP:127.0.0.1", "127.0.0.1", body);
  ASSERT_TRUE(answer) << answer.error().message << answer.error().detail;
  EXPECT_EQ(*answer, "secure " + body);
  EXPECT_TRUE(ask("DNS:localhost", "localhost", "x"));
}

TEST_F(Tls, RefusesACertificateForAnotherHost) {
  for (auto [names, host] :
       {std::pair("DNS:example.org", "localhost"), std::pair("IP:127.0.0.2", "127.0.0.1"),
        std::pair("DNS:127.0.0.1", "127.0.0.1")}) {
    auto answer = ask(names, host, "x");
    ASSERT_FALSE(answer) << names;
    EXPECT_EQ(answer.error().reason, "upstream.connect");
  }
}

TEST_F(Tls, RefusesACertificateOfNobody) {
  testing_support::TempFolder other;
  TlsOptions unrelated = self_signed(other.path(), "IP:127.0.0.1");
  auto answer = ask("IP:127.0.0.1", "127.0.0.1", "x", unrelated.certificate_file);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "upstream.connect");
}

TEST_F(Tls, SpeaksNothingOlderThan12) {
  auto client = make_client_tls(self_signed(folder_.path(), "DNS:x").certificate_file);
  ASSERT_TRUE(client);
  EXPECT_EQ(SSL_CTX_get_min_proto_version(client->native_handle()), TLS1_2_VERSION);
  auto server = make_server_tls(self_signed(folder_.path(), "DNS:x"));
  ASSERT_TRUE(server);
  EXPECT_EQ(SSL_CTX_get_min_proto_version(server->native_handle()), TLS1_2_VERSION);
}

TEST_F(Tls, NamesFilesThatCannotBeUsed) {
  TlsOptions good = self_signed(folder_.path(), "DNS:x");
  for (const TlsOptions& bad :
       {TlsOptions{"/nowhere.pem", good.key_file}, TlsOptions{good.certificate_file, "/nowhere.pem"},
        TlsOptions{good.key_file, good.key_file}}) {
    auto context = make_server_tls(bad);
    ASSERT_FALSE(context);
    EXPECT_EQ(context.error().reason, "tls.certificate");
    EXPECT_NE(context.error().message.find(".pem"), std::string::npos);
  }
  auto client = make_client_tls("/nowhere.pem");
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().reason, "tls.authorities");
}

TEST_F(Tls, SurvivesAPeerThatSpeaksPlainText) {
  ServerOptions options;
  options.tls = self_signed(folder_.path(), "IP:127.0.0.1");
  test::StartedServer server(describe, options);
  EXPECT_EQ(test::ask(server.port(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n").find("HTTP/1.1"),
            std::string::npos);
  EXPECT_EQ(server->connections(), 0U);
}

}  // namespace
}  // namespace bailiwick::net
