#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "kube/core/meta.h"

/// kube-scheduler's extender protocol (k8s.io/kube-scheduler/extender/v1). Its types carry no JSON tags: the
/// keys are Go's field names. Replies are made by appending, and are valid JSON for any request.
namespace extender {

/// What a verdict needs to know of the pod.
struct PodFacts {
  std::string ns;
  std::string name;
  std::string uid;
  kube::StringMap labels;
  std::string reserved;       ///< annotation neoburst.io/reserved, "" when absent
  std::int64_t gpus = 0;      ///< nvidia.com/gpu, summed as the scheduler does
  bool spreads_hard = false;  ///< a topologySpreadConstraint with DoNotSchedule

  kube::ObjectKey burst_key() const;
};

/// ExtenderArgs, with `nodeCacheCapable: true`. Views live until the reader reads again.
struct FilterRequest {
  PodFacts pod;
  std::vector<std::string_view> nodes;
};

/// One entry of ExtenderPreemptionArgs.
struct Victims {
  std::string_view node;
  std::vector<std::string_view> uids;
  std::int64_t disruptions = 0;  ///< NumPDBViolations
};
struct PreemptRequest {
  PodFacts pod;
  std::vector<Victims> nodes;
};

/// Reads requests in one forward pass, without a DOM. Owned and used by one thread. Keeps its buffers between
/// requests, except those of an unusually large one.
class WireReader {
 public:
  /// `body` is followed by at least 64 readable bytes. Malformed says what is wrong and where; Invalid when
  /// the scheduler is not configured as we need it.
  base::Result<FilterRequest> read_filter(std::string_view body);
  base::Result<PreemptRequest> read_preempt(std::string_view body);

 private:
  template <typename Visit>
  base::Outcome read_fields(std::string_view body, Visit visit);

  simdjson::ondemand::parser parser_;
};

/// Appends `text` as a JSON string.
void append_json_string(std::string& out, std::string_view text);

/// {"Error": text}: to kube-scheduler the same as no answer at all.
std::string error_reply(std::string_view text);

/// Makes an ExtenderFilterResult node by node. Every removed node needs a reason: a node in no map has
/// no status, and then nothing shows why the pod waits. Removed nodes are "unresolvable": evicting pods there
/// would not help.
class FilterReply {
 public:
  explicit FilterReply(std::size_t expected_bytes);
  void keep(std::string_view node);
  void remove(std::string_view node, std::string_view reason);
  std::string finish() &&;

 private:
  std::string kept_;
  std::string removed_;
};

/// ExtenderPreemptionResult with the nodes for which `keep` holds.
std::string preempt_reply(const PreemptRequest& request, bool (*keep)(std::string_view node));

}  // namespace extender
