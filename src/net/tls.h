// TLS contexts: 1.2 and 1.3, no compression, no renegotiation.
#pragma once

#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/result.h"
#include "net/server.h"

namespace bailiwick::net {

/// Errors: kInvalid `tls.certificate` naming the file that could not be used.
Result<boost::asio::ssl::context> make_server_tls(const TlsOptions& options);

/// Trusts the authorities of `ca_file`, or the system's when it is empty, and verifies every peer.
/// Errors: kInvalid `tls.authorities`.
Result<boost::asio::ssl::context> make_client_tls(const std::string& ca_file);

}  // namespace bailiwick::net
