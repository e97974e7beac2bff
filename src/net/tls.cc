#include "net/tls.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

namespace bailiwick::net {
namespace {

using Context = boost::asio::ssl::context;

void harden(Context& context) {
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  // Idle connections are many; their record buffers need not stay.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
}

}  // namespace

Result<Context> make_server_tls(const TlsOptions& options) {
  Context context(Context::tls_server);
  harden(context);
  boost::system::error_code error;
  context.use_certificate_chain_file(options.certificate_file, error);
  if (error) {
    return fail(ErrorCode::kInvalid, "tls.certificate",
                fmt::format("{} is not a readable PEM certificate chain", options.certificate_file),
                error.message());
  }
  context.use_private_key_file(options.key_file, Context::pem, error);
  if (error || SSL_CTX_check_private_key(context.native_handle()) != 1) {
    return fail(
        ErrorCode::kInvalid, "tls.certificate",
        fmt::format("{} is not a readable PEM key for {}", options.key_file, options.certificate_file),
        error.message());
  }
  return context;
}

Result<Context> make_client_tls(const std::string& ca_file) {
  Context context(Context::tls_client);
  harden(context);
  boost::system::error_code error;
  context.set_verify_mode(boost::asio::ssl::verify_peer, error);
  if (!error && ca_file.empty())
    context.set_default_verify_paths(error);
  else if (!error)
    context.load_verify_file(ca_file, error);
  if (error) {
    std::string_view source =
        ca_file.empty() ? std::string_view("the system's authorities") : std::string_view(ca_file);
    return fail(ErrorCode::kInvalid, "tls.authorities",
                fmt::format("{} could not be read; name a PEM file of certificate authorities", source),
                error.message());
  }
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context.native_handle(), kHttp11, sizeof kHttp11 - 1);
  return context;
}

}  // namespace bailiwick::net
