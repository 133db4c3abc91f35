#include "bench/support/report.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

namespace bench {

double percentile(std::vector<double> values, double p) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

void write_json(const std::string& name, const nlohmann::json& numbers) {
  const char* given = std::getenv("NEOBURST_BENCH_JSON");
  const std::filesystem::path file =
      given != nullptr && *given != '\0' ? given : "build/bench/" + name + ".json";
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << numbers.dump(2) << "\n";
  std::cout << "numbers: " << file.string() << "\n";
}

const char* verdict(bool ok) { return ok ? "ok" : "MISSED"; }

}  // namespace bench
