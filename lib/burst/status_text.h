#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

/// Text that a provider wrote and that goes into a home object: the provider must not choose its size.
namespace burst {

/// `text` cut to at most `bytes`, never inside a UTF-8 sequence.
std::string_view cut(std::string_view text, std::size_t bytes);

/// Copies texts of one status until its allowance is used up.
class TextBudget {
 public:
  /// A kubelet's limit for one termination message. The other texts are names and digests.
  static constexpr std::size_t kMostMessage = 4096;
  static constexpr std::size_t kMostReason = 256;
  static constexpr std::size_t kMostReference = 1024;
  static constexpr std::size_t kMostOfAPod = 32 * 1024;

  /// Copies `field`, a string, from `from` to `to` where it exists and is not empty. Throws json::exception
  /// where it is not a string.
  void copy(const nlohmann::json& from, nlohmann::json& to, const char* field, std::size_t most);
  /// The usual pair.
  void copy_reason_and_message(const nlohmann::json& from, nlohmann::json& to);

 private:
  std::size_t left_ = kMostOfAPod;
};

/// Copies `field` where it is null or a time that the API accepts. Anything else is left out.
void copy_time(const nlohmann::json& from, nlohmann::json& to, const char* field);

}  // namespace burst
