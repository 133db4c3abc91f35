#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/sandbox.h"

namespace testing_support {

/// The port of a burst node, used by any client on the network. (The API server's proxy of
/// nodes does not go to loopback.)
class NodePort {
 public:
  NodePort(Sandbox& sandbox, std::string node) : sandbox_(sandbox), node_(std::move(node)) {}
  std::uint16_t number();
  /// The body of the answer, then a blank and its status. `more`: arguments of curl.
  std::string ask(const std::string& path, const std::vector<std::string>& more = {});
  /// The same as the home API server.
  std::string ask_as_api_server(const std::string& path, std::vector<std::string> more = {});
  std::string ask_with_token(const std::string& path, const std::string& token);

 private:
  Sandbox& sandbox_;
  std::string node_;
};

/// The folder of the home cluster's certificates, with a slash: "ca.crt" and the like.
std::string home_pki(const Sandbox& sandbox);

}  // namespace testing_support
