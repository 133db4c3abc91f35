#include "kube/core/patch.h"

namespace kube {

JsonPatch& JsonPatch::test(std::string_view pointer, nlohmann::json value) {
  operations_.push_back({{"op", "test"}, {"path", pointer}, {"value", std::move(value)}});
  return *this;
}

JsonPatch& JsonPatch::add(std::string_view pointer, nlohmann::json value) {
  operations_.push_back({{"op", "add"}, {"path", pointer}, {"value", std::move(value)}});
  return *this;
}

JsonPatch& JsonPatch::replace(std::string_view pointer, nlohmann::json value) {
  operations_.push_back({{"op", "replace"}, {"path", pointer}, {"value", std::move(value)}});
  return *this;
}

JsonPatch& JsonPatch::remove(std::string_view pointer) {
  operations_.push_back({{"op", "remove"}, {"path", pointer}});
  return *this;
}

std::string JsonPatch::escape(std::string_view token) {
  std::string out;
  out.reserve(token.size());
  for (char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace kube
