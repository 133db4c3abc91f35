#include "base/log_scope.h"

#include <algorithm>
#include <utility>

namespace base {
namespace {

thread_local const LogScope* innermost = nullptr;

bool has(const auto& fields, std::string_view name) {
  return std::ranges::any_of(fields, [&](const LogField& field) { return field.first == name; });
}

}  // namespace

LogScope::LogScope(Fields fields) : fields_(std::move(fields)), outer_(innermost) { innermost = this; }

LogScope::~LogScope() { innermost = outer_; }

std::vector<LogField> LogScope::added_to(LogFields own) {
  std::vector<LogField> added;
  for (const LogScope* scope = innermost; scope != nullptr; scope = scope->outer_) {
    for (auto& field : scope->fields_()) {
      if (!has(own, field.first) && !has(added, field.first)) added.push_back(std::move(field));
    }
  }
  return added;
}

}  // namespace base
