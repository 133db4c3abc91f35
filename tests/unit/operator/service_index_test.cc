#include "operator/bursts/service_index.h"

#include <gtest/gtest.h>

namespace op::service_index_test {

std::shared_ptr<const kube::ServiceRecord> service(const std::string& ns, const std::string& name,
                                                   kube::StringMap selector, bool headless = false) {
  auto out = std::make_shared<kube::ServiceRecord>();
  out->meta.ns = ns;
  out->meta.name = name;
  out->selector = std::move(selector);
  out->headless = headless;
  return out;
}

kube::PodRecord web_pod() {
  kube::PodRecord pod;
  pod.meta.ns = "ml";
  pod.meta.name = "web-0";
  pod.meta.labels = {{"app", "web"}, {"tier", "front"}};
  return pod;
}

TEST(ServiceIndex, FindsTheServiceOfThePodsNamespace) {
  ServiceIndex index;
  EXPECT_EQ(index.selecting(web_pod()), "");
  index.apply({nullptr, service("other", "a", {{"app", "web"}})});
  index.apply({nullptr, service("ml", "b", {{"app", "db"}})});
  index.apply({nullptr, service("ml", "c", {})});
  EXPECT_EQ(index.selecting(web_pod()), "");
  const auto first = service("ml", "d", {{"app", "web"}});
  index.apply({nullptr, first});
  index.apply({nullptr, service("ml", "e", {{"tier", "front"}})});
  EXPECT_EQ(index.selecting(web_pod()), "d") << "the first by name: the same sentence each time";
  index.apply({first, nullptr});
  EXPECT_EQ(index.selecting(web_pod()), "e");
  index.apply({service("ml", "e", {{"tier", "front"}}), service("ml", "e", {{"tier", "back"}})});
  EXPECT_EQ(index.selecting(web_pod()), "");
}

TEST(ServiceIndex, TheHeadlessServiceOfItsSubdomainGoesAlong) {
  kube::PodRecord pod = web_pod();
  pod.subdomain = "web";
  EXPECT_FALSE(kube::needs_address(*service("ml", "web", {{"app", "web"}}, true), pod));
  EXPECT_TRUE(kube::needs_address(*service("ml", "web", {{"app", "web"}}, false), pod))
      << "it has an address of its own, which cannot lead to the pod";
  EXPECT_TRUE(kube::needs_address(*service("ml", "other", {{"app", "web"}}, true), pod));
  pod.subdomain.clear();
  EXPECT_TRUE(kube::needs_address(*service("ml", "web", {{"app", "web"}}, true), pod));
}

}  // namespace op::service_index_test
