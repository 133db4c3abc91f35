#pragma once

#include <nlohmann/json.hpp>

#include "base/status.h"
#include "operator/remote/remote_cluster.h"

/// Writes of single objects at a provider that carry our labels, with rights to create, patch and delete, but
/// none to read. The API server checks within the write itself whether an object is ours. `object` is a
/// whole document as burst::copy_object makes it. Each request has a few seconds (kProbeTimeout): pods wait
/// for it.
namespace op {

/// AlreadyExists when there is one of that name, whosever it is.
base::Outcome create_owned(RemoteCluster& cluster, const nlohmann::json& object);
/// Brings it to what `object` says. Invalid when it is not ours, or cannot be changed to that; NotFound.
base::Outcome patch_owned(RemoteCluster& cluster, const nlohmann::json& object);
/// For one that cannot be changed (another type of Secret, `immutable`): removes it, by UID, and creates it
/// anew. First the provider must accept a dry run: an object that its admission denies must not cost the
/// existing copy. Invalid with a sentence for people when it is not ours.
base::Outcome replace_owned(RemoteCluster& cluster, const nlohmann::json& object);
/// Absent, or not ours, is success: nothing of ours is there.
base::Outcome remove_owned(RemoteCluster& cluster, const nlohmann::json& object);

/// kube::Client::remove within kProbeTimeout.
base::Outcome remove_in_time(RemoteCluster& cluster, const kube::Resource& resource, std::string_view ns,
                             std::string_view name, const kube::DeleteOptions& options);

}  // namespace op
