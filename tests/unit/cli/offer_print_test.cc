#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/offers/print.h"
#include "offers.h"

namespace cli::offer_print_test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class OfferPrint : public testing::Test {
 protected:
  std::string print(OfferFormat format) { return print_offers(query_, search(query_, offers_), format); }

  OfferQuery query_ = check_offer_flags({})->query;
  std::vector<market::Offer> offers_ = market_offers();
};

TEST_F(OfferPrint, Table) {
  EXPECT_EQ(print(OfferFormat::kTable),
            "PROVIDER   REGION   COUNTRY   LAW   GPU    GIB   FREE   BLOCK   PRICE   CURRENCY\n"
            "beta       paris    FR        US    H100    80      6       4   1.50*   USD\n"
            "alpha      milan    IT        NL    H100    80     20       8    2.95   USD\n"
            "gamma      oslo     NO        NO    H200   141     20       8       2   EUR\n"
            "delta      -        -         -     H100     -      8       8       -   -\n");
}

TEST_F(OfferPrint, TheDistanceIsShownWhereItIsAsked) {
  query_.rules.near = market::Coordinates{45'460, 9'190};
  query_.rules.max_distance_km = 700;
  EXPECT_EQ(print(OfferFormat::kTable),
            "PROVIDER   REGION   COUNTRY   LAW   GPU    GIB   FREE   BLOCK   PRICE   CURRENCY    KM\n"
            "beta       paris    FR        US    H100    80      6       4   1.50*   USD        640\n"
            "alpha      milan    IT        NL    H100    80     20       8    2.95   USD          0\n");
}

TEST_F(OfferPrint, WideTellsWhereThePriceIsFromAndWhatIsWrong) {
  query_.all = true;
  query_.rules.allow_providers = {"alpha", "beta"};
  EXPECT_EQ(
      print(OfferFormat::kWide),
      "NAME                           PROVIDER   REGION     COUNTRY   LAW   GPU    FORM   GIB   TYPE       "
      "FREE   "
      "BLOCK   TOTAL   PRICE   CURRENCY   KIND       AS-OF        CERTIFICATIONS   AVAILABLE   TROUBLE\n"
      "beta-paris-h100-spot           beta       paris      FR        US    H100   SXM     80   Spot         "
      " 6   "
      "    4      32   1.50*   USD        List       2026-06-01   -                true        -\n"
      "alpha-milan-h100-ondemand      alpha      milan      IT        NL    H100   SXM     80   OnDemand     "
      "20   "
      "    8      32    2.95   USD        Contract   2026-11-01   ISO27001;SOC2    true        -\n"
      "alpha-virginia-h100-ondemand   alpha      virginia   US        NL    H100   SXM     80   OnDemand     "
      "20   "
      "    8      32    2.95   USD        Contract   2026-11-01   ISO27001;SOC2    false       Unreachable: "
      "no "
      "answer\n");
}

TEST_F(OfferPrint, Csv) {
  query_.rules.near = market::Coordinates{45'460, 9'190};
  query_.rules.allow_providers = {"alpha", "delta"};
  offers_[0].region = "=cmd()";
  EXPECT_EQ(
      print(OfferFormat::kCsv),
      "name,provider,region,country,jurisdiction,model,form,memoryGiB,capacityType,freeGPUs,largestBlock,"
      "totalGPUs,"
      "pricePerGPUHour,currency,priceKind,priceAsOf,priceStale,distanceKm,certifications,latitude,longitude,"
      "available,trouble\r\n"
      "alpha-milan-h100-ondemand,alpha,'=cmd(),IT,NL,H100,SXM,80,OnDemand,20,8,32,2.95,USD,Contract,2026-11-"
      "01,"
      "false,0,ISO27001;SOC2,45.460,9.190,true,\r\n"
      "delta-nowhere,delta,,,,H100,,,OnDemand,8,8,8,,,,,,,,,,true,\r\n");
}

TEST_F(OfferPrint, Json) {
  query_.rules.allow_providers = {"beta", "delta"};
  const auto document = nlohmann::json::parse(print(OfferFormat::kJson));
  ASSERT_EQ(document["offers"].size(), 2u);
  EXPECT_EQ(document["offers"][0], nlohmann::json::parse(R"({
    "name": "beta-paris-h100-spot", "provider": "beta", "region": "paris", "country": "FR", "jurisdiction": "US",
    "certifications": [], "coordinates": {"latitude": "48.860", "longitude": "2.350"}, "distanceKm": null,
    "gpu": {"model": "H100", "form": "SXM", "shared": false, "memoryGiB": 80}, "capacityType": "Spot",
    "price": {"perGPUHour": "1.50", "currency": "USD", "kind": "List", "asOf": "2026-06-01", "stale": true},
    "gpus": {"total": 32, "free": 6, "largestBlock": 4, "freeBlocks": [6, 3, 1, 1, 0, 0, 0, 0]},
    "available": true, "trouble": null})"));
  EXPECT_TRUE(document["offers"][1]["price"].is_null());
  EXPECT_TRUE(document["offers"][1]["coordinates"].is_null());
  EXPECT_TRUE(document["offers"][1]["gpu"]["memoryGiB"].is_null());
}

TEST_F(OfferPrint, NothingFound) {
  query_.rules.models = {"B300"};
  EXPECT_EQ(print(OfferFormat::kTable), "");
  EXPECT_EQ(nlohmann::json::parse(print(OfferFormat::kJson))["offers"], nlohmann::json::array());
  EXPECT_THAT(offer_notes(query_, search(query_, offers_)),
              ElementsAre("no offer fits; kept out by model (5)"));
}

TEST_F(OfferPrint, NotesTellWhatIsNotSeen) {
  EXPECT_THAT(offer_notes(query_, search(query_, offers_)),
              ElementsAre(HasSubstr("1 hidden"), HasSubstr("* the price is older")));
  query_.price_matters = true;
  EXPECT_THAT(offer_notes(query_, search(query_, offers_)).front(), HasSubstr("not in USD"));
}

TEST_F(OfferPrint, AProvidersTextCannotDraw) {
  offers_[0].region = "\x1b[2J\u202Emilan";
  for (const auto format : {OfferFormat::kTable, OfferFormat::kWide, OfferFormat::kJson, OfferFormat::kCsv}) {
    EXPECT_THAT(print(format), Not(HasSubstr("\x1b")));
    EXPECT_THAT(print(format), Not(HasSubstr("\u202E")));
  }
}

}  // namespace cli::offer_print_test
