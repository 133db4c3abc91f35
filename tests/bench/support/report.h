#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

/// What a benchmark does with its numbers.
namespace bench {

double percentile(std::vector<double> values, double p);
/// Writes the numbers where hack/bench wants them, else to build/bench/`name`.json below the current folder.
void write_json(const std::string& name, const nlohmann::json& numbers);
/// "ok" or "MISSED", for the table on the screen.
const char* verdict(bool ok);

}  // namespace bench
