#pragma once

#include <functional>
#include <string>

#include "base/status.h"
#include "kube/core/json_read.h"

namespace kube {

/// What a list page says about itself.
struct ListPage {
  std::string resource_version;
  std::string continue_token;
};

/// Reads one page of a list straight from its bytes, item by item; `metadata` may come before or after
/// `items`. Items that `visit` calls Malformed are skipped. Reserves padding behind `body`.
base::Result<ListPage> read_list_page(std::string& body,
                                      const std::function<base::Outcome(JsonObject&)>& visit);

}  // namespace kube
