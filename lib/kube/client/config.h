#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "net/http_client.h"

namespace kube {

/// Yields the bearer token for a request. Thread-safe.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  /// Empty when there is none. File-backed sources read again when the file changes (checked at most once a
  /// second).
  virtual base::Result<std::string> token() = 0;
  /// The server refused the last token (401): the next token() must read it again, not answer from memory.
  virtual void invalidate() {}
};

/// Where an API server is and who we are there. Exec plugins will be one more TokenSource.
struct ClientConfig {
  net::Endpoint endpoint;
  net::TlsOptions tls;
  std::shared_ptr<TokenSource> token;  ///< may be null
  std::string default_namespace = "default";
  std::string context;  ///< name of the context used, "" in-cluster
};

struct KubeconfigOptions {
  /// "" takes current-context.
  std::string context = {};
  /// Folder that relative file names refer to. Where `allow_files` is false (a kubeconfig from a Secret)
  /// any reference to a file is Invalid: a remote must not make us read local files.
  std::string base_folder = {};
  bool allow_files = true;
};

/// Parses kubeconfig YAML: token, tokenFile, client certificate and CA as data or file, tls-server-name,
/// insecure-skip-tls-verify. Invalid with the place and the fix ("users[0].user.exec: ...not supported yet;
/// use a token"). Basic auth, auth providers and exec plugins are refused in this way.
base::Result<ClientConfig> parse_kubeconfig(std::string_view yaml, const KubeconfigOptions& options);

/// Reads the file at `path`; `context` as in KubeconfigOptions.
base::Result<ClientConfig> load_kubeconfig(const std::string& path, const std::string& context = {});

/// The service account of the pod we run in; the token file is read again as it rotates.
base::Result<ClientConfig> in_cluster_config();

}  // namespace kube
