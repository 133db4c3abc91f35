#include "profiles/yaml_json.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <sstream>
#include <string>

namespace profiles {
namespace {

using nlohmann::json;

// Aliases can make a small text stand for a huge or an endless document.
constexpr int kDeepest = 32;
constexpr int kMostValues = 20'000;

base::Status invalid(const YAML::Mark& mark, const std::string& what) {
  const std::string place = mark.is_null() ? "" : "line " + std::to_string(mark.line + 1) + ": ";
  return {base::Code::kInvalid, place + what, std::nullopt};
}

bool is_whole_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  return digits && text.size() <= 18 && (text.size() == 1 || text.front() != '0');
}

json scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() != "?") return text;  // in quotes
  if (text == "true") return true;
  if (text == "false") return false;
  if (!is_whole_number(text)) return text;
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Carries the count of values over the whole document.
class Converter {
 public:
  base::Result<json> convert(const YAML::Node& node, int depth) {
    if (depth > kDeepest) return base::fail(invalid(node.Mark(), "is nested too deeply"));
    if (++values_ > kMostValues) return base::fail(invalid(node.Mark(), "the document is too large"));
    if (node.IsScalar()) return scalar(node);
    if (node.IsSequence()) return sequence(node, depth);
    if (node.IsMap()) return map(node, depth);
    return json(nullptr);
  }

 private:
  base::Result<json> sequence(const YAML::Node& node, int depth) {
    json out = json::array();
    for (const YAML::Node& element : node) {
      auto value = convert(element, depth + 1);
      if (!value) return value;
      out.push_back(std::move(*value));
    }
    return out;
  }

  base::Result<json> map(const YAML::Node& node, int depth) {
    json out = json::object();
    for (const auto& entry : node) {
      const YAML::Node& key = entry.first;
      if (!key.IsScalar()) return base::fail(invalid(key.Mark(), "a key must be text"));
      const std::string& name = key.Scalar();
      if (out.contains(name)) {
        return base::fail(invalid(key.Mark(), "the key " + name.substr(0, 60) + " is there twice"));
      }
      auto value = convert(entry.second, depth + 1);
      if (!value) return value;
      out[name] = std::move(*value);
    }
    return out;
  }

  int values_ = 0;
};

/// Takes the events of a document and ignores them.
class Ignore : public YAML::EventHandler {
 public:
  using Mark = YAML::Mark;
  using Text = std::string;
  void OnDocumentStart(const Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const Mark&, YAML::anchor_t) override {}
  void OnAlias(const Mark&, YAML::anchor_t) override {}
  void OnScalar(const Mark&, const Text&, YAML::anchor_t, const Text&) override {}
  void OnSequenceStart(const Mark&, const Text&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const Mark&, const Text&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// 0, 1, or 2 for more. Not YAML::LoadAll: on "," it finds documents without end.
int count_documents(const std::string& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  Ignore ignore;
  int count = 0;
  while (count < 2 && parser.HandleNextDocument(ignore)) ++count;
  return count;
}

}  // namespace

base::Result<json> yaml_to_json(std::string_view text) {
  try {
    const int documents = count_documents(std::string(text));
    if (documents != 1) {
      return base::fail(base::Code::kInvalid, std::string("must be one YAML document, but has ") +
                                                  (documents == 0 ? "none" : "more"));
    }
    return Converter().convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& e) {
    return base::fail(invalid(e.mark, "not YAML: " + e.msg));
  }
}

}  // namespace profiles
