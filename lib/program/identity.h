#pragma once

#include <string>
#include <string_view>

namespace program {

/// The names of the programs, as people, leases and API servers see them.
inline constexpr std::string_view kOperator = "neoburst-operator";
inline constexpr std::string_view kPublisher = "neoburst-publisher";  ///< the operator with --publish
inline constexpr std::string_view kExtender = "neoburst-extender";
inline constexpr std::string_view kPlugin = "kubectl-neoburst";

/// The version of this build, "0.1".
std::string_view version();

/// "NAME VERSION", what --version prints.
std::string version_line(std::string_view program);

/// "NAME/VERSION", the User-Agent of every request that `program` makes.
std::string user_agent(std::string_view program);

/// Unique per process: a restarted pod has the same host name but must not believe that it still holds its
/// old lease.
std::string process_identity();

}  // namespace program
