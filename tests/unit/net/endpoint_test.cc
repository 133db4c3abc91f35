#include <gtest/gtest.h>

#include "net/http.h"
#include "net/http_client.h"

namespace endpoint_test {

TEST(Endpoint, ParsesServerUrls) {
  const struct {
    const char* url;
    bool tls;
    const char* host;
    int port;
    const char* prefix;
  } cases[] = {
      {"https://a.example", true, "a.example", 443, ""},
      {"http://a.example", false, "a.example", 80, ""},
      {"HTTPS://a:6443/", true, "a", 6443, ""},
      {"https://a:6443/k8s/clusters/c-1/", true, "a", 6443, "/k8s/clusters/c-1"},
      {"https://[::1]:6443", true, "::1", 6443, ""},
      {"https://[fd00::2]/p", true, "fd00::2", 443, "/p"},
      {"http://127.0.0.1:1", false, "127.0.0.1", 1, ""},
  };
  for (const auto& c : cases) {
    const auto endpoint = net::parse_endpoint(c.url);
    ASSERT_TRUE(endpoint) << c.url;
    EXPECT_EQ(endpoint->tls, c.tls) << c.url;
    EXPECT_EQ(endpoint->host, c.host) << c.url;
    EXPECT_EQ(endpoint->port, c.port) << c.url;
    EXPECT_EQ(endpoint->path_prefix, c.prefix) << c.url;
  }
}

TEST(Endpoint, RefusesTheRest) {
  for (const char* url :
       {"", "a.example", "ftp://a", "https://", "https:///x", "https://a:", "https://a:0", "https://a:65536",
        "https://a:1x", "https://::1", "https://[::1", "https://[::1]1", "https://[a]", "https://a b",
        "https://a\r\nX: y", "https://a/?q", "https://a/#f"}) {
    const auto endpoint = net::parse_endpoint(url);
    ASSERT_FALSE(endpoint) << url;
    EXPECT_EQ(endpoint.error().code, base::Code::kInvalid) << url;
  }
}

TEST(Endpoint, NeverRepeatsAPassword) {
  const auto endpoint = net::parse_endpoint("https://me:hunter2@a");
  ASSERT_FALSE(endpoint);
  EXPECT_EQ(endpoint.error().text().find("hunter2"), std::string::npos);
}

TEST(Http, EncodesQueryValues) {
  EXPECT_EQ(net::encode_query_value("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(net::encode_query_value("a=b,c !\xff"), "a%3Db%2Cc%20%21%FF");
}

TEST(Http, FindsHeadersWhateverTheirCase) {
  const net::Headers headers = {{"Content-Type", "a"}, {"content-type", "b"}};
  EXPECT_EQ(net::find_header(headers, "CONTENT-TYPE"), "a");
  EXPECT_EQ(net::find_header(headers, "Content"), "");
}

}  // namespace endpoint_test
