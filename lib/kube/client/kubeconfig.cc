#include <yaml-cpp/yaml.h>

#include <filesystem>

#include "kube/client/config.h"
#include "kube/client/token_source.h"

namespace kube {

namespace {

constexpr std::size_t kMaxKubeconfig = 1u << 20;

auto invalid(const std::string& place, const std::string& what) {
  return base::fail(base::Code::kInvalid, place + ": " + what);
}

/// A map in the document and the place to name in errors.
struct Entry {
  YAML::Node node;
  std::string place;

  bool has(const char* key) const {
    const auto child = node[key];
    return child.IsDefined() && !child.IsNull();
  }
  std::string at(const char* key) const { return place.empty() ? key : place + "." + key; }
  /// "" when absent or null; Invalid when it is a list or a map.
  base::Result<std::string> text(const char* key) const {
    if (!has(key)) return std::string();
    const auto child = node[key];
    if (!child.IsScalar()) return invalid(at(key), "must be text");
    return child.Scalar();
  }
};

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

base::Result<std::string> decode_base64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  std::size_t characters = 0;
  std::size_t padding = 0;
  for (char c : text) {
    if (c == '\n' || c == '\r' || c == ' ') continue;
    ++characters;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = base64_value(c);
    if (value < 0 || padding != 0) return base::fail(base::Code::kInvalid, "not base64");
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xFF);
    }
  }
  if (characters % 4 != 0 || padding > 2) return base::fail(base::Code::kInvalid, "not base64");
  return out;
}

/// The entry called `name` of the list `list` ("clusters"), whose content is under `kind` ("cluster").
base::Result<Entry> find_named(const Entry& document, const char* list, const char* kind,
                               const std::string& name, const std::string& wanted_by) {
  const auto entries = document.node[list];
  if (entries.IsDefined() && !entries.IsNull() && !entries.IsSequence())
    return invalid(list, "must be a list");
  const std::size_t count = entries.IsDefined() ? entries.size() : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string place = std::string(list) + "[" + std::to_string(i) + "]";
    if (!entries[i].IsMap()) return invalid(place, "must be a map with name and " + std::string(kind));
    const Entry entry{entries[i], place};
    auto entry_name = entry.text("name");
    if (!entry_name) return base::fail(std::move(entry_name.error()));
    if (*entry_name != name) continue;
    if (!entry.has(kind) || !entries[i][kind].IsMap()) return invalid(entry.at(kind), "must be a map");
    return Entry{entries[i][kind], entry.at(kind)};
  }
  return invalid(wanted_by, "there is no entry named \"" + name + "\" in " + list);
}

base::Result<std::string> resolve_file(const Entry& entry, const char* key, const std::string& path,
                                       const KubeconfigOptions& options, const char* mend) {
  if (!options.allow_files) {
    return invalid(entry.at(key),
                   "files cannot be referred to here; put the content into " + std::string(mend));
  }
  const std::filesystem::path given(path);
  if (given.is_absolute()) return path;
  return (std::filesystem::path(options.base_folder) / given).string();
}

/// PEM text from `data_key` (base64) or, as in client-go only when that is absent, from the file at
/// `file_key`.
base::Result<std::string> read_pem(const Entry& entry, const char* data_key, const char* file_key,
                                   const KubeconfigOptions& options) {
  auto data = entry.text(data_key);
  if (!data) return data;
  auto file = entry.text(file_key);
  if (!file) return file;
  std::string pem;
  const char* used = data_key;
  if (!data->empty()) {
    auto decoded = decode_base64(*data);
    if (!decoded) return invalid(entry.at(data_key), "is not base64; encode the PEM file with `base64 -w0`");
    pem = std::move(*decoded);
  } else if (!file->empty()) {
    used = file_key;
    auto path = resolve_file(entry, file_key, *file, options, data_key);
    if (!path) return path;
    auto content = read_small_file(*path);
    if (!content) return invalid(entry.at(file_key), content.error().message);
    pem = std::move(*content);
  } else {
    return std::string();
  }
  if (pem.find("-----BEGIN ") == std::string::npos) return invalid(entry.at(used), "holds no PEM block");
  return pem;
}

base::Outcome read_cluster(const Entry& cluster, const KubeconfigOptions& options, ClientConfig& config) {
  auto server = cluster.text("server");
  if (!server) return base::fail(std::move(server.error()));
  if (server->empty()) return invalid(cluster.at("server"), "is missing; give the API server's URL");
  auto endpoint = net::parse_endpoint(*server);
  if (!endpoint) return invalid(cluster.at("server"), endpoint.error().message);
  config.endpoint = std::move(*endpoint);

  if (cluster.has("proxy-url"))
    return invalid(cluster.at("proxy-url"), "is not supported; use a direct address");
  auto ca = read_pem(cluster, "certificate-authority-data", "certificate-authority", options);
  if (!ca) return base::fail(std::move(ca.error()));
  config.tls.ca_pem = std::move(*ca);
  auto name = cluster.text("tls-server-name");
  if (!name) return base::fail(std::move(name.error()));
  config.tls.server_name = std::move(*name);

  auto insecure = cluster.text("insecure-skip-tls-verify");
  if (!insecure) return base::fail(std::move(insecure.error()));
  if (!insecure->empty() && !YAML::convert<bool>::decode(cluster.node["insecure-skip-tls-verify"],
                                                         config.tls.insecure_skip_verify)) {
    return invalid(cluster.at("insecure-skip-tls-verify"), "must be true or false");
  }
  if (config.tls.insecure_skip_verify && !config.tls.ca_pem.empty()) {
    return invalid(cluster.at("insecure-skip-tls-verify"),
                   "contradicts the certificate authority given; remove one of the two");
  }
  return {};
}

base::Outcome refuse_unsupported(const Entry& user) {
  if (user.has("exec")) return invalid(user.at("exec"), "exec plugins are not supported yet; use a token");
  if (user.has("auth-provider")) {
    return invalid(user.at("auth-provider"), "auth providers are not supported; use a token");
  }
  for (const char* key : {"username", "password"}) {
    if (user.has(key)) return invalid(user.at(key), "basic authentication is not supported; use a token");
  }
  for (const char* key : {"as", "as-uid", "as-groups", "as-user-extra"}) {
    if (user.has(key)) return invalid(user.at(key), "impersonation is not supported; use that user's token");
  }
  return {};
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

base::Outcome read_user(const Entry& user, const KubeconfigOptions& options, ClientConfig& config) {
  auto refused = refuse_unsupported(user);
  if (!refused) return refused;
  auto certificate = read_pem(user, "client-certificate-data", "client-certificate", options);
  if (!certificate) return base::fail(std::move(certificate.error()));
  auto key = read_pem(user, "client-key-data", "client-key", options);
  if (!key) return base::fail(std::move(key.error()));
  if (certificate->empty() != key->empty()) {
    return invalid(user.place, "client certificate and client key go together; " +
                                   std::string(key->empty() ? "client-key-data" : "client-certificate-data") +
                                   " is missing");
  }
  config.tls.certificate_pem = std::move(*certificate);
  config.tls.key_pem = std::move(*key);

  auto token = user.text("token");
  if (!token) return base::fail(std::move(token.error()));
  auto file = user.text("tokenFile");
  if (!file) return base::fail(std::move(file.error()));
  if (!file->empty()) {  // as in client-go, the file wins
    auto path = resolve_file(user, "tokenFile", *file, options, "token");
    if (!path) return base::fail(std::move(path.error()));
    config.token = std::make_shared<FileToken>(std::move(*path));
    auto first = config.token->token();
    if (!first) return invalid(user.at("tokenFile"), first.error().message);
  } else if (!token->empty()) {
    auto clean = clean_token(*token);
    if (!clean) return invalid(user.at("token"), clean.error().message);
    config.token = std::make_shared<StaticToken>(std::move(*clean));
  }
  if (!config.token && config.tls.certificate_pem.empty() && config.endpoint.tls) {
    return invalid(user.place, "no credentials; give token, tokenFile or a client certificate");
  }
  if (config.token && !config.endpoint.tls && !is_loopback(config.endpoint.host)) {
    return invalid(user.place, "a token must not travel over plain http; use an https server");
  }
  return {};
}

base::Result<ClientConfig> read_document(const Entry& document, const KubeconfigOptions& options) {
  auto context_name = document.text("current-context");
  if (!context_name) return base::fail(std::move(context_name.error()));
  const bool chosen = !options.context.empty();
  const std::string wanted_by = chosen ? "context" : "current-context";
  const std::string name = chosen ? options.context : *context_name;
  if (name.empty()) return invalid("current-context", "is not set; set it or name a context");
  auto context = find_named(document, "contexts", "context", name, wanted_by);
  if (!context) return base::fail(std::move(context.error()));

  ClientConfig config;
  config.context = name;
  auto cluster_name = context->text("cluster");
  if (!cluster_name) return base::fail(std::move(cluster_name.error()));
  auto user_name = context->text("user");
  if (!user_name) return base::fail(std::move(user_name.error()));
  auto ns = context->text("namespace");
  if (!ns) return base::fail(std::move(ns.error()));
  if (!ns->empty()) config.default_namespace = std::move(*ns);

  if (cluster_name->empty()) return invalid(context->at("cluster"), "is missing");
  if (user_name->empty()) return invalid(context->at("user"), "is missing");
  auto cluster = find_named(document, "clusters", "cluster", *cluster_name, context->at("cluster"));
  if (!cluster) return base::fail(std::move(cluster.error()));
  auto user = find_named(document, "users", "user", *user_name, context->at("user"));
  if (!user) return base::fail(std::move(user.error()));
  auto read = read_cluster(*cluster, options, config);
  if (read) read = read_user(*user, options, config);
  if (!read) return base::fail(std::move(read.error()));
  return config;
}

}  // namespace

base::Result<ClientConfig> parse_kubeconfig(std::string_view yaml, const KubeconfigOptions& options) {
  if (yaml.size() > kMaxKubeconfig) return invalid("kubeconfig", "is larger than 1 MiB");
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (!root.IsMap()) return invalid("kubeconfig", "must be a map with clusters, users and contexts");
    return read_document(Entry{root, ""}, options);
  } catch (const YAML::Exception& error) {
    // The parser's own text may quote the document, hence secrets; its place does not.
    const std::string place =
        error.mark.is_null() ? "kubeconfig" : "kubeconfig line " + std::to_string(error.mark.line + 1);
    return invalid(place, "is not YAML");
  }
}

base::Result<ClientConfig> load_kubeconfig(const std::string& path, const std::string& context) {
  auto text = read_small_file(path);
  if (!text) return base::fail(std::move(text.error()).with_context("kubeconfig"));
  KubeconfigOptions options;
  options.context = context;
  options.base_folder = std::filesystem::path(path).parent_path().string();
  auto config = parse_kubeconfig(*text, options);
  if (!config) return base::fail(std::move(config.error()).with_context(path));
  return config;
}

}  // namespace kube
