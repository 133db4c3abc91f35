#include "api/records.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/home_cluster.h"
#include "cli/offers/print.h"

namespace cli {

int run_offers(const GlobalFlags& global, const OfferFlags& flags) {
  const auto checked = check_offer_flags(flags);
  if (!checked) return write_error(checked.error(), kExitUsage);
  for (const std::string& note : checked->notes) write_note(note);

  auto home = HomeCluster::connect(global, write_note);
  if (!home) return write_error(home.error(), kExitError);
  const auto records = home->list<api::OfferRecord>(api::kOffers, {}, api::decode_offer);
  if (!records) return write_error(records.error(), kExitError);

  std::vector<market::Offer> offers;
  for (const api::OfferRecord& record : *records) {
    offers.push_back(record.offer);
    if (!record.problem.empty()) write_note("offer " + record.offer.name + ", unreadable: " + record.problem);
  }
  if (offers.empty()) {
    write_note(
        "there are no offers yet: add a NeocloudProvider, or see what is wrong with those there are: kubectl "
        "get "
        "neocloudproviders");
  }
  const SearchResult result = search(checked->query, offers);
  const int written = write_output(print_offers(checked->query, result, flags.format));
  if (!offers.empty()) {
    for (const std::string& note : offer_notes(checked->query, result)) write_note(note);
  }
  return written;
}

}  // namespace cli
