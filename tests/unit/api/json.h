#pragma once

#include <nlohmann/json.hpp>

#include "api/records.h"

namespace api {

/// A whole object of `spec` and `status`, decoded.
template <typename Record>
base::Result<Record> decode(const nlohmann::json& spec, const nlohmann::json& status,
                            kube::Decoder<Record> decoder) {
  const nlohmann::json object = {
      {"apiVersion", "neoburst.io/v1alpha1"},
      {"metadata",
       {{"namespace", "team"}, {"name", "x"}, {"uid", "u"}, {"resourceVersion", "7"}, {"generation", 3}}},
      {"spec", spec},
      {"status", status}};
  return kube::decode_text<Record>(object.dump(), decoder);
}

}  // namespace api
