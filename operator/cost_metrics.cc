#include "operator/cost_metrics.h"

#include <chrono>
#include <initializer_list>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "burst/holding.h"
#include "market/budget.h"
#include "operator/claims/claim_status.h"
#include "operator/home/home.h"

namespace op {
namespace {

/// Regions come from labels of the providers' nodes; names at home are shorter than this.
constexpr std::size_t kLongestValue = 253;

using Label = std::pair<std::string_view, std::string_view>;

/// A label value between its quotes. One bad byte would make the scraper refuse the whole page, so only
/// printable ASCII passes.
std::string quoted_label_value(std::string_view value) {
  std::string out = "\"";
  for (const char c : value.substr(0, kLongestValue)) {
    if (c == '\\' || c == '"') out += '\\';
    out += c >= ' ' && c <= '~' ? c : '?';
  }
  return out + '"';
}

class Page {
 public:
  void family(std::string_view name, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
    text_.append(name).append(" gauge\n");
  }
  /// Empty labels are left out: to Prometheus that is the same.
  void add(std::initializer_list<Label> labels, std::string_view value) {
    text_ += name_;
    char before = '{';
    for (const auto& [key, label] : labels) {
      if (label.empty()) continue;
      text_.append(1, before).append(key).append("=").append(quoted_label_value(label));
      before = ',';
    }
    if (before == ',') text_ += '}';
    text_.append(" ").append(value).append("\n");
  }
  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

/// One burst node: what it offers, and what is held of it.
struct NodeCost {
  std::string provider;
  std::string region;
  std::string model;
  std::string arch;
  bool spot = false;
  std::optional<market::Price> price;
  std::int64_t held = 0;
  market::Amounts per_hour;
};
using NodeCosts = std::map<std::string, NodeCost>;

/// A node without an offer stays for as long as something on it costs money.
NodeCosts node_costs(const CostView& view) {
  NodeCosts nodes;
  for (const auto& record : view.offers) {
    const auto& offer = record->offer;
    nodes.try_emplace(record->node, NodeCost{.provider = offer.provider,
                                             .region = offer.region,
                                             .model = offer.gpu.model,
                                             .arch = offer.gpu.cpu_architecture,
                                             .spot = offer.capacity_type == market::CapacityType::kSpot,
                                             .price = offer.price,
                                             .per_hour = {}});
  }
  for (const auto& record : view.bursts) {
    const auto& b = record->burst;
    if (!burst::holds_placed_gpus(b)) continue;
    const auto& a = b.attempt;
    auto& node = nodes
                     .try_emplace(a.node, NodeCost{.provider = a.provider,
                                                   .region = a.region,
                                                   .model = a.gpu_model,
                                                   .arch = {},
                                                   .spot = a.capacity_type == market::CapacityType::kSpot,
                                                   .price = std::nullopt,
                                                   .per_hour = {}})
                     .first->second;
    node.held += b.gpus;
    market::add(node.per_hour, a.price.currency,
                market::cost_of(a.price.per_gpu_hour, b.gpus, std::chrono::hours(1)));
  }
  return nodes;
}

void add_node(Page& page, const std::string& name, const NodeCost& node, std::string_view currency,
              std::string_view value) {
  page.add({{"instance", name},
            {"node", name},
            {"instance_type", node.model},
            {"region", node.region},
            {"arch", node.arch},
            {"provider", node.provider},
            {"currency", currency}},
           value);
}

void add_nodes(Page& page, const NodeCosts& nodes) {
  page.family("node_gpu_hourly_cost", "Price of a GPU-hour on this burst node now");
  for (const auto& [name, node] : nodes) {
    if (!node.price) continue;
    add_node(page, name, node, node.price->currency, market::format_money(node.price->per_gpu_hour));
  }
  page.family("node_gpu_count", "GPUs of this burst node that twins hold");
  for (const auto& [name, node] : nodes) add_node(page, name, node, {}, std::to_string(node.held));
  page.family("node_total_hourly_cost", "What the GPUs held on this burst node cost an hour");
  for (const auto& [name, node] : nodes) {
    for (const auto& [currency, amount] : node.per_hour) {
      add_node(page, name, node, currency, market::format_money(amount));
    }
    if (node.per_hour.empty() && node.price) add_node(page, name, node, node.price->currency, "0");
  }
  page.family("kubecost_node_is_spot", "1 where the GPUs of this burst node can be taken away, else 0");
  for (const auto& [name, node] : nodes) add_node(page, name, node, {}, node.spot ? "1" : "0");
}

void add_pods(Page& page, const CostView& view) {
  page.family("container_gpu_allocation", "GPUs that the twin of this pod holds");
  std::map<kube::ObjectKey, const burst::Burst*> pods;
  for (const auto& record : view.bursts) {
    const auto& b = record->burst;
    if (burst::holds_placed_gpus(b)) pods.emplace(kube::ObjectKey{b.ns, b.pod_name + "/" + b.pod_uid}, &b);
  }
  for (const auto& [key, b] : pods) {
    page.add({{"namespace", b->ns},
              {"pod", b->pod_name},
              {"instance", b->attempt.node},
              {"node", b->attempt.node},
              {"uid", b->pod_uid}},
             std::to_string(b->gpus));
  }
}

std::string_view period_name(market::BudgetPeriod period) {
  switch (period) {
    case market::BudgetPeriod::kTotal:
      return "Total";
    case market::BudgetPeriod::kDay:
      return "Day";
    case market::BudgetPeriod::kMonth:
      return "Month";
  }
  return "";
}

struct ClaimCost {
  const api::ClaimRecord* claim = nullptr;
  Bursts bursts;
  Spend spend;
};
using ClaimCosts = std::map<kube::ObjectKey, ClaimCost>;

ClaimCosts claim_costs(const CostView& view) {
  ClaimCosts claims;
  for (const auto& claim : view.claims) claims[claim->meta.key()].claim = claim.get();
  for (const auto& record : view.bursts) {
    const auto at = claims.find({record->burst.ns, record->burst.claim});
    if (at != claims.end()) at->second.bursts.push_back(record);
  }
  const std::vector<market::Offer> none;
  for (auto& [key, cost] : claims) {
    cost.spend = spend_of({*cost.claim, none, cost.bursts, view.book, view.now});
  }
  return claims;
}

void add_claim(Page& page, const ClaimCost& cost, std::string_view period, market::Money amount) {
  page.add({{"namespace", cost.claim->meta.ns},
            {"claim", cost.claim->meta.name},
            {"currency", cost.claim->rules.currency},
            {"period", period}},
           market::format_money(amount));
}

void add_claims(Page& page, const ClaimCosts& claims) {
  page.family("neoburst_claim_spend",
              "All that this claim has cost, with what runs, as far as the ledger goes");
  for (const auto& [key, cost] : claims) {
    if (cost.spend.problem.empty()) add_claim(page, cost, {}, cost.spend.total);
  }
  page.family("neoburst_claim_budget", "The budget of this claim for one period");
  for (const auto& [key, cost] : claims) {
    if (const auto& budget = cost.claim->rules.budget) {
      add_claim(page, cost, period_name(budget->period), budget->amount);
    }
  }
  page.family("neoburst_claim_budget_spent", "What of the budget of the present period is spent");
  for (const auto& [key, cost] : claims) {
    const auto& budget = cost.claim->rules.budget;
    if (budget && cost.spend.problem.empty()) {
      add_claim(page, cost, period_name(budget->period), cost.spend.period);
    }
  }
}

}  // namespace

std::string cost_metrics(const CostView& view) {
  Page page;
  add_nodes(page, node_costs(view));
  add_pods(page, view);
  add_claims(page, claim_costs(view));
  return page.take();
}

std::string cost_metrics(const Home& home) {
  // Records before the book, as in every sum of money: an entry that moves meanwhile is not missed.
  auto bursts = home.bursts.store().all();
  return cost_metrics(CostView{.offers = home.offers.store().all(),
                               .bursts = std::move(bursts),
                               .claims = home.all_claims(),
                               .book = home.book,
                               .now = home.clock.now()});
}

}  // namespace op
