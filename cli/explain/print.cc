#include "cli/explain/print.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "cli/output/json_text.h"
#include "cli/output/plain_text.h"
#include "cli/output/table.h"
#include "market/money.h"

namespace cli {
namespace {

constexpr std::size_t kOffersNamed = 3;

std::string_view mark_text(Mark mark) {
  return mark == Mark::kOk ? "[ok]  " : mark == Mark::kFail ? "[FAIL]" : "[?]   ";
}

std::string_view mark_word(Mark mark) {
  return mark == Mark::kOk ? "ok" : mark == Mark::kFail ? "fail" : "unknown";
}

void append_checks(const Explanation& explanation, std::string& out) {
  if (explanation.checks.empty()) return;
  out += "\nWhat a burst needs, in order:\n";
  for (const Check& check : explanation.checks) {
    out +=
        "  " + std::string(mark_text(check.mark)) + " " + check.name + ": " + plain_text(check.text) + "\n";
    if (check.mark != Mark::kOk && !check.mend.empty())
      out += "         mend: " + plain_text(check.mend) + "\n";
  }
}

std::string verdict_of(const JudgedOffer& judged) {
  if (judged.obstacles.empty()) return "could be taken now";
  std::string names;
  for (const Obstacle& obstacle : judged.obstacles) names += (names.empty() ? "" : ", ") + obstacle.rule;
  return "stopped by " + names;
}

std::string offers_table(const std::vector<JudgedOffer>& offers) {
  Table table(
      {{"OFFER"}, {"COUNTRY"}, {"LAW"}, {"GPU"}, {"FREE", true}, {"PRICE", true}, {"CURRENCY"}, {"VERDICT"}});
  for (const JudgedOffer& judged : offers) {
    const market::Offer& o = *judged.offer;
    table.add({o.name, o.country, o.jurisdiction, o.gpu.model, std::to_string(o.free_gpus),
               o.price ? market::format_money(o.price->per_gpu_hour) : "", o.price ? o.price->currency : "",
               verdict_of(judged)});
  }
  return table.text();
}

/// One obstacle and the offers it stands before.
struct Obstructed {
  Obstacle obstacle;
  std::vector<std::string> offers;
};

std::vector<Obstructed> by_obstacle(const std::vector<JudgedOffer>& offers) {
  std::vector<Obstructed> out;
  for (const JudgedOffer& judged : offers) {
    for (const Obstacle& obstacle : judged.obstacles) {
      const auto same = std::ranges::find_if(out, [&](const Obstructed& each) {
        return std::tie(each.obstacle.rule, each.obstacle.reason, each.obstacle.mend) ==
               std::tie(obstacle.rule, obstacle.reason, obstacle.mend);
      });
      auto& entry = same == out.end() ? out.emplace_back(obstacle, std::vector<std::string>{}) : *same;
      entry.offers.push_back(judged.offer->name);
    }
  }
  return out;
}

std::string named(const std::vector<std::string>& offers) {
  std::string out;
  for (std::size_t i = 0; i < std::min(offers.size(), kOffersNamed); ++i)
    out += (i == 0 ? "" : ", ") + offers[i];
  return offers.size() > kOffersNamed ? out + " and " + std::to_string(offers.size() - kOffersNamed) + " more"
                                      : out;
}

void append_offers(const Explanation& explanation, std::string& out) {
  if (explanation.offers.empty()) return;
  out += "\nThe offers, and what stops each:\n" + offers_table(explanation.offers);
  const auto obstacles = by_obstacle(explanation.offers);
  if (obstacles.empty()) return;
  out += "\nWhy, and what would change it, if you mean to:\n";
  for (const auto& [obstacle, offers] : obstacles) {
    out += "  " + obstacle.rule + ": " + plain_text(obstacle.reason) + "\n";
    out += "    offers: " + plain_text(named(offers)) + "\n";
    if (!obstacle.mend.empty()) out += "    mend: " + plain_text(obstacle.mend) + "\n";
  }
}

nlohmann::ordered_json judged_offer_document(const JudgedOffer& judged) {
  nlohmann::ordered_json obstacles = nlohmann::ordered_json::array();
  for (const Obstacle& obstacle : judged.obstacles) {
    obstacles.push_back({{"rule", obstacle.rule}, {"reason", obstacle.reason}, {"mend", obstacle.mend}});
  }
  return {{"name", judged.offer->name},
          {"provider", judged.offer->provider},
          {"obstacles", std::move(obstacles)}};
}

}  // namespace

std::string explanation_text(const Explanation& explanation) {
  std::string out = plain_text(explanation.kind + " " + explanation.ns + "/" + explanation.name + ": " +
                               explanation.state) +
                    "\n";
  for (const std::string& sentence : explanation.summary) out += "  " + plain_text(sentence) + "\n";
  for (const std::string& note : explanation.notes) out += "  note: " + plain_text(note) + "\n";
  append_checks(explanation, out);
  append_offers(explanation, out);
  return out;
}

std::string explanation_json(const Explanation& explanation) {
  nlohmann::ordered_json checks = nlohmann::ordered_json::array();
  for (const Check& check : explanation.checks) {
    checks.push_back({{"name", check.name},
                      {"result", mark_word(check.mark)},
                      {"text", check.text},
                      {"mend", check.mend}});
  }
  nlohmann::ordered_json offers = nlohmann::ordered_json::array();
  for (const JudgedOffer& judged : explanation.offers) offers.push_back(judged_offer_document(judged));
  return json_text({{"kind", explanation.kind},
                    {"namespace", explanation.ns},
                    {"name", explanation.name},
                    {"state", explanation.state},
                    {"summary", explanation.summary},
                    {"checks", std::move(checks)},
                    {"offers", std::move(offers)},
                    {"notes", explanation.notes}});
}

}  // namespace cli
