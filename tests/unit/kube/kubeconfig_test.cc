#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "kube/client/config.h"
#include "kube/client/token_source.h"

namespace kube::kubeconfig_test {

// "-----BEGIN X-----" in base64.
constexpr const char* kPem64 = "LS0tLS1CRUdJTiBYLS0tLS0=";

/// A kubeconfig whose one cluster and one user hold these lines.
std::string kubeconfig(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: here\ncontexts:\n- name: other\n  context: "
         "{cluster: no, user: no}\n"
         "- name: here\n  context:\n    cluster: c\n    user: u\n    namespace: work\n"
         "clusters:\n- name: c\n  cluster: {" +
         cluster + "}\nusers:\n- name: z\n  user: {token: no}\n- name: u\n  user: {" + user + "}\n";
}
const std::string kServer = "server: 'https://k.example:6443/base'";

TEST(Kubeconfig, ReadsTokenAndAuthority) {
  const auto config =
      parse_kubeconfig(kubeconfig(kServer + ", tls-server-name: kube, certificate-authority-data: " + kPem64,
                                  "token: ' abc '"),
                       {});
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->endpoint.host, "k.example");
  EXPECT_EQ(config->endpoint.port, 6443);
  EXPECT_EQ(config->endpoint.path_prefix, "/base");
  EXPECT_EQ(config->tls.ca_pem, "-----BEGIN X-----");
  EXPECT_EQ(config->tls.server_name, "kube");
  EXPECT_FALSE(config->tls.insecure_skip_verify);
  EXPECT_EQ(*config->token->token(), "abc");
  EXPECT_EQ(config->default_namespace, "work");
  EXPECT_EQ(config->context, "here");
}

TEST(Kubeconfig, ReadsClientCertificateAndInsecure) {
  const std::string pem = kPem64;
  const auto config =
      parse_kubeconfig(kubeconfig(kServer + ", insecure-skip-tls-verify: true",
                                  "client-certificate-data: " + pem + ", client-key-data: " + pem),
                       {});
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_TRUE(config->tls.insecure_skip_verify);
  EXPECT_EQ(config->tls.key_pem, "-----BEGIN X-----");
  EXPECT_EQ(config->token, nullptr);
}

TEST(Kubeconfig, TakesPlainHttpWithoutCredentials) {
  EXPECT_TRUE(parse_kubeconfig(kubeconfig("server: 'http://localhost:8001'", ""), {}));
  EXPECT_TRUE(parse_kubeconfig(kubeconfig("server: 'http://127.0.0.1:8001'", "token: t"), {}));
}

struct BadRow {
  std::string yaml;
  std::string message;
  KubeconfigOptions options = {};
};

TEST(Kubeconfig, NamesThePlaceOfEachFault) {
  const std::string pem = kPem64;
  const KubeconfigOptions no_files{.allow_files = false};
  const BadRow rows[] = {
      {"a: [", "kubeconfig line 1: is not YAML"},
      {"just text", "kubeconfig: must be a map with clusters, users and contexts"},
      {"", "kubeconfig: must be a map with clusters, users and contexts"},
      {"{}", "current-context: is not set; set it or name a context"},
      {"current-context: x", "current-context: there is no entry named \"x\" in contexts"},
      {"current-context: [x]", "current-context: must be text"},
      {"current-context: x\ncontexts: {}", "contexts: must be a list"},
      {"current-context: x\ncontexts: [7]", "contexts[0]: must be a map with name and context"},
      {"current-context: x\ncontexts: [{name: x, context: 7}]", "contexts[0].context: must be a map"},
      {"current-context: x\ncontexts: [{name: x, context: {user: u}}]",
       "contexts[0].context.cluster: is missing"},
      {"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]",
       "contexts[0].context.user: is missing"},
      {"current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]",
       "contexts[0].context.cluster: there is no entry named \"c\" in clusters"},
      {"current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, "
       "cluster: {server: h}}]",
       "contexts[0].context.user: there is no entry named \"u\" in users"},
      {kubeconfig(kServer, "token: t"),
       "context: there is no entry named \"that\" in contexts",
       {.context = "that"}},
      {kubeconfig("", "token: t"), "clusters[0].cluster.server: is missing; give the API server's URL"},
      {kubeconfig(kServer + ", proxy-url: p", "token: t"),
       "clusters[0].cluster.proxy-url: is not supported; use a direct address"},
      {kubeconfig(kServer + ", certificate-authority-data: '***'", "token: t"),
       "clusters[0].cluster.certificate-authority-data: is not base64; encode the PEM file with `base64 "
       "-w0`"},
      {kubeconfig(kServer + ", certificate-authority-data: abc", "token: t"),
       "clusters[0].cluster.certificate-authority-data: is not base64; encode the PEM file with `base64 "
       "-w0`"},
      {kubeconfig(kServer + ", certificate-authority-data: abcd", "token: t"),
       "clusters[0].cluster.certificate-authority-data: holds no PEM block"},
      {kubeconfig(kServer + ", certificate-authority: /no/such/file", "token: t"),
       "clusters[0].cluster.certificate-authority: cannot read /no/such/file"},
      {kubeconfig(kServer + ", certificate-authority: /etc/passwd", "token: t"),
       "clusters[0].cluster.certificate-authority: files cannot be referred to here; put the content into "
       "certificate-authority-data",
       no_files},
      {kubeconfig(kServer + ", insecure-skip-tls-verify: perhaps", "token: t"),
       "clusters[0].cluster.insecure-skip-tls-verify: must be true or false"},
      {kubeconfig(kServer + ", insecure-skip-tls-verify: true, certificate-authority-data: " + pem,
                  "token: t"),
       "clusters[0].cluster.insecure-skip-tls-verify: contradicts the certificate authority given; remove "
       "one of the two"},
      {kubeconfig(kServer, "exec: {command: aws}"),
       "users[1].user.exec: exec plugins are not supported yet; use a token"},
      {kubeconfig(kServer, "auth-provider: {name: gcp}"),
       "users[1].user.auth-provider: auth providers are not supported; use a token"},
      {kubeconfig(kServer, "username: a, password: b"),
       "users[1].user.username: basic authentication is not supported; use a token"},
      {kubeconfig(kServer, "as: root, token: t"),
       "users[1].user.as: impersonation is not supported; use that user's token"},
      {kubeconfig(kServer, ""),
       "users[1].user: no credentials; give token, tokenFile or a client certificate"},
      {kubeconfig(kServer, "client-certificate-data: " + pem),
       "users[1].user: client certificate and client key go together; client-key-data is missing"},
      {kubeconfig(kServer, "token: \"a\\nb\""),
       "users[1].user.token: the token holds spaces or control characters"},
      {kubeconfig(kServer, "token: [a]"), "users[1].user.token: must be text"},
      {kubeconfig(kServer, "tokenFile: /etc/passwd"),
       "users[1].user.tokenFile: files cannot be referred to here; put the content into token", no_files},
      {kubeconfig("server: 'http://far.example'", "token: t"),
       "users[1].user: a token must not travel over plain http; use an https server"},
      {std::string((1u << 20) + 1, 'a'), "kubeconfig: is larger than 1 MiB"}};
  for (const auto& row : rows) {
    const auto config = parse_kubeconfig(row.yaml, row.options);
    ASSERT_FALSE(config) << row.message;
    EXPECT_TRUE(config.error().is(base::Code::kInvalid));
    EXPECT_EQ(config.error().message, row.message);
  }
}

TEST(Kubeconfig, BadServerNamesItsPlace) {
  const auto config = parse_kubeconfig(kubeconfig("server: 'ftp://x'", "token: t"), {});
  ASSERT_FALSE(config);
  EXPECT_TRUE(config.error().message.starts_with("clusters[0].cluster.server: ")) << config.error().message;
}

TEST(Kubeconfig, NeverRepeatsSecrets) {
  const auto config = parse_kubeconfig("users:\n- token: hunter2\n  : [", {});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().message.find("hunter2"), std::string::npos);
}

class KubeconfigFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "kubeconfig-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  std::filesystem::path folder_;
};

TEST_F(KubeconfigFiles, RelativeFilesAreBesideTheKubeconfig) {
  write("ca.pem", "-----BEGIN CA-----");
  write("token", "secret\n");
  const auto path = write(
      "config", kubeconfig(kServer + ", certificate-authority: ca.pem", "tokenFile: token, token: old"));
  const auto config = load_kubeconfig(path);
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->tls.ca_pem, "-----BEGIN CA-----");
  EXPECT_EQ(*config->token->token(), "secret");
  const auto missing = load_kubeconfig((folder_ / "none").string());
  ASSERT_FALSE(missing);
  EXPECT_TRUE(missing.error().is(base::Code::kNotFound));
}

TEST_F(KubeconfigFiles, TokenFileIsReadAgainAfterARefusal) {
  const auto path = write("token", "one");
  FileToken token(path);
  EXPECT_EQ(*token.token(), "one");
  write("token", "two");
  token.invalidate();
  EXPECT_EQ(*token.token(), "two");
  std::filesystem::remove(path);
  token.invalidate();
  EXPECT_EQ(*token.token(), "two");  // the last good one, while the file is being replaced
  FileToken none(path);
  ASSERT_FALSE(none.token());
  EXPECT_TRUE(none.token().error().is(base::Code::kUnauthenticated));
}

TEST(InCluster, SaysThatItIsNoPod) {
  unsetenv("KUBERNETES_SERVICE_HOST");
  const auto config = in_cluster_config();
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().message.find("not in a pod"), std::string::npos);
}

}  // namespace kube::kubeconfig_test
