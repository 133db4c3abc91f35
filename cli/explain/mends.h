#pragma once

#include <string>
#include <string_view>

#include "api/records.h"
#include "kube/core/label_selector.h"
#include "kube/core/pod_record.h"

/// The commands that fix what stops a burst. Each is ready to be pasted into a shell; values that only the
/// reader can know are in capitals between < and >. Pure.
namespace cli {

/// The command that makes `offer` pass the rule `rule` under `claim`: a change of the claim, or, where the
/// offer lacks a fact, of its provider.
std::string mend_rule(const api::ClaimRecord& claim, const market::Offer& offer, std::string_view rule);

/// The command that makes a pod with `labels` meet `requirement`.
std::string mend_label(const kube::ObjectKey& pod, const kube::LabelSelector::Requirement& requirement);

std::string mend_budget(const api::ClaimRecord& claim);
std::string mend_gpu_limit(const api::ClaimRecord& claim, std::int64_t needed);
std::string mend_switch(const api::ClaimRecord& claim);    ///< burst.when
std::string mend_services(const api::ClaimRecord& claim);  ///< network.services
std::string edit_claim(const api::ClaimRecord& claim, const std::string& what);
std::string edit_provider(const std::string& provider, const std::string& what);
std::string mend_toleration(const kube::PodRecord& pod);
/// `text` as one word of a POSIX shell.
std::string shell_word(std::string_view text);

}  // namespace cli
