#include "kube/client/list_page.h"

namespace kube {

namespace {

base::Outcome read_list_meta(JsonValue value, ListPage& page) {
  return for_each_field_in(value, [&](std::string_view key, JsonValue field) -> base::Outcome {
    if (key == "resourceVersion") return assign(page.resource_version, read_string(field));
    if (key == "continue") return assign(page.continue_token, read_string(field));
    return {};
  });
}

}  // namespace

base::Result<ListPage> read_list_page(std::string& body,
                                      const std::function<base::Outcome(JsonObject&)>& visit) {
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  JsonObject list;
  if (parser.iterate(body.data(), body.size(), body.size() + simdjson::SIMDJSON_PADDING).get(document) ||
      document.get_object().get(list)) {
    return base::fail(base::Code::kMalformed, "the list is not a JSON object");
  }
  ListPage page;
  bool has_items = false;
  auto visit_item = [&](JsonValue element) -> base::Outcome {
    JsonObject object;
    if (element.get_object().get(object)) return {};  // not an object: the worst malformed item
    auto visited = visit(object);
    if (!visited && visited.error().is(base::Code::kMalformed)) return {};
    return visited;
  };
  auto read = for_each_field(list, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "metadata") return read_list_meta(value, page);
    if (key == "items") {
      has_items = true;
      return for_each_element(value, visit_item);
    }
    return {};
  });
  if (!read) return base::fail(std::move(read.error()));
  if (!has_items) return base::fail(base::Code::kMalformed, "the reply is not a list: it has no items");
  return page;
}

}  // namespace kube
