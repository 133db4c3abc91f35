#include "operator/certificates/client_ca.h"

#include <utility>

namespace op {
namespace {

constexpr std::string_view kNamespace = "kube-system";
constexpr std::string_view kConfigMapName = "extension-apiserver-authentication";
constexpr std::string_view kCaKey = "client-ca-file";

kube::InformerOptions published() {
  kube::InformerOptions options{.resource = kube::kConfigMaps};
  options.ns = kNamespace;
  options.field_selector = "metadata.name=" + std::string(kConfigMapName);
  options.name = "client-ca";
  return options;
}

}  // namespace

struct ClientCa::Record {
  kube::ObjectMeta meta;
  std::string pem;
};

struct ClientCa::Following {
  explicit Following(kube::Client& home) : informer(home, published(), decode) {}
  static base::Result<Record> decode(kube::JsonObject& object);
  kube::Informer<Record> informer;
};

base::Result<ClientCa::Record> ClientCa::Following::decode(kube::JsonObject& object) {
  Record record;
  auto read = kube::for_each_field(object, [&](std::string_view key, kube::JsonValue value) -> base::Outcome {
    if (key == "metadata") return kube::assign(record.meta, kube::read_meta(value, nullptr));
    if (key != "data") return {};
    return kube::for_each_field_in(value, [&](std::string_view name, kube::JsonValue text) -> base::Outcome {
      return name == kCaKey ? kube::assign(record.pem, kube::read_string(text)) : base::Outcome();
    });
  });
  if (!read) return base::fail(std::move(read.error()));
  return record;
}

ClientCa::ClientCa(kube::Client& home) : following_(std::make_unique<Following>(home)) {}
ClientCa::~ClientCa() = default;
void ClientCa::start() { following_->informer.start(); }
void ClientCa::stop() { following_->informer.stop(); }

bool ClientCa::known() const { return following_->informer.synced(); }

std::string ClientCa::pem() const {
  const auto record =
      following_->informer.store().get({std::string(kNamespace), std::string(kConfigMapName)});
  return record ? record->pem : std::string();
}

}  // namespace op
