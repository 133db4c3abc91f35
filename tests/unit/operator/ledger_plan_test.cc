#include "operator/ledger/ledger_plan.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "operator/claims/claim_status.h"

namespace op::ledger_plan_test {

using std::chrono::hours;

const base::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + hours(12);

std::shared_ptr<api::BurstRecord> ended(const std::string& uid, std::int64_t cost, base::Time when) {
  auto record = std::make_shared<api::BurstRecord>();
  record->meta.uid = uid;
  record->meta.name = uid;
  record->meta.has_finalizers = true;
  record->burst.uid = uid;
  record->burst.ns = "lab";
  record->burst.claim = "train";
  burst::Charge charge;
  charge.attempt = 1;
  charge.claim_cost = {cost};
  charge.cost = {cost};
  charge.reserved_at = when - hours(1);
  record->burst.charges = {charge};
  record->burst.ended_at = when;
  return record;
}

burst::BookEntry entry_of(const std::string& uid, std::int64_t cost) {
  return {burst::charge_key(uid, 1), "lab", "train", kNow - hours(101), {cost}, "USD", {cost}, "USD"};
}

bool no_pod(const burst::Burst&) { return false; }

TEST(LedgerPlan, BooksWhatHasEndedInOrder) {
  burst::SpendBook book;
  book.set_page("p", {entry_of("booked", 1)});
  auto running = ended("running", 1, kNow);
  running->burst.ended_at.reset();
  auto broken = ended("broken", 1, kNow);
  broken->problem = "status.cost: not an amount";
  auto free = ended("free", 1, kNow);
  free->burst.charges.clear();
  const auto found = to_book({ended("late", 1, kNow), ended("booked", 1, kNow), running, broken, free,
                              ended("early", 1, kNow - hours(1))},
                             book);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0]->burst.uid, "early");
  EXPECT_EQ(found[1]->burst.uid, "late");
}

TEST(LedgerPlan, DeletesOnlyOldBookedRecordsOfGonePods) {
  burst::SpendBook book;
  book.set_page("p", {entry_of("old", 1), entry_of("young", 1)});
  const Bursts bursts{ended("old", 1, kNow - hours(25)), ended("young", 1, kNow - hours(23)),
                      ended("unbooked", 1, kNow - hours(25))};
  const auto found = to_delete(bursts, book, kNow, hours(24), no_pod);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]->burst.uid, "old");
  EXPECT_TRUE(to_delete(bursts, book, kNow, hours(24), [](const auto&) { return true; }).empty());
}

TEST(LedgerPlan, AFinalizerStaysUntilTheLedgerHasTheCost) {
  burst::SpendBook book;
  auto record = ended("a", 1, kNow);
  EXPECT_TRUE(to_finalize({record}, book).empty());  // nobody deletes it
  record->burst.deleting = true;
  EXPECT_TRUE(to_finalize({record}, book).empty());
  book.set_page("p", {entry_of("a", 1)});
  EXPECT_EQ(to_finalize({record}, book).size(), 1u);
  record->burst.ended_at.reset();
  record->burst.attempt.number = 2;
  EXPECT_TRUE(to_finalize({record}, book).empty());  // its second attempt may hold GPUs
}

std::shared_ptr<api::LedgerPageRecord> page(const std::string& name, std::size_t entries,
                                            base::Time newest = kNow) {
  auto record = std::make_shared<api::LedgerPageRecord>();
  record->meta.name = name;
  record->entries.resize(entries);
  record->newest = newest;
  return record;
}

TEST(LedgerPlan, PagesAreOfADayAndBounded) {
  EXPECT_EQ(open_page({}, kNow), nullptr);
  EXPECT_EQ(open_page({page("ledger-20261122-0001", 1)}, kNow), nullptr);
  const Pages two{page("ledger-20261123-0001", 1), page("ledger-20261123-0002", 300)};
  EXPECT_EQ(open_page(two, kNow)->meta.name, "ledger-20261123-0002");
  EXPECT_EQ(open_page({page("ledger-20261123-0001", 301)}, kNow), nullptr);
  EXPECT_EQ(next_page_name({}, kNow), "ledger-20261123-0001");
  EXPECT_EQ(next_page_name(two, kNow), "ledger-20261123-0003");
  EXPECT_EQ(next_page_name({page("ledger-20261123-0002", 1)}, kNow), "ledger-20261123-0003");
}

TEST(LedgerPlan, PagesGoWhenTheirLastEntryIsOld) {
  const Pages pages{page("a", 1, kNow - hours(50)), page("b", 1, kNow), page("c", 0, base::Time{})};
  const auto found = outdated_pages(pages, kNow, hours(49));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]->meta.name, "a");
}

/// The API server as far as bookkeeping can see it, and the earlier states that informers showed.
struct World {
  struct State {
    std::map<std::string, std::int64_t> records;  // ended, old enough
    std::vector<burst::BookEntry> page;
  };
  State live;
  std::vector<State> past;

  void remember() { past.push_back(live); }
  static Bursts as_bursts(const State& state) {
    Bursts out;
    for (const auto& [uid, cost] : state.records) out.push_back(ended(uid, cost, kNow - hours(100)));
    return out;
  }
  /// The spend in a claim's status, seen through caches that lag differently.
  std::int64_t spent(const State& records, const State& book) const {
    burst::SpendBook known;
    known.set_page("page", book.page);
    api::ClaimRecord claim;
    claim.meta.ns = "lab";
    claim.meta.name = "train";
    const std::vector<market::Offer> none;
    const auto bursts = as_bursts(records);
    return spend_of({claim, none, bursts, known, kNow}).total.micros;
  }
};

/// One reconcile from caches that lag, dying after `steps` requests; each request is checked against the live
/// state, as preconditions do.
void reconcile(World& world, std::size_t book_lag, std::size_t burst_lag, int steps) {
  const auto at = [&](std::size_t lag) {
    return world.past[world.past.size() - 1 - std::min(lag, world.past.size() - 1)];
  };
  const auto book_cache = at(book_lag);
  const auto bursts = World::as_bursts(at(burst_lag));
  burst::SpendBook book;
  book.set_page("page", book_cache.page);
  for (const auto& record : to_book(bursts, book)) {
    if (steps-- <= 0) return;
    if (world.live.page.size() != book_cache.page.size()) break;  // 409
    world.live.page.push_back(entry_of(record->burst.uid, record->burst.charges[0].claim_cost.micros));
    world.remember();
    break;
  }
  for (const auto& record : to_delete(bursts, book, kNow, hours(24), no_pod)) {
    if (steps-- <= 0) return;
    world.live.records.erase(record->burst.uid);
    world.remember();
  }
}

RC_GTEST_PROP(LedgerPlanProperty, NothingIsLostOrCountedTwiceOverCrashesAndStaleCaches, ()) {
  World world;
  std::int64_t sum = 0;
  const auto costs = *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, 1000));
  for (std::size_t i = 0; i < costs.size(); ++i) {
    world.live.records["burst-" + std::to_string(i)] = costs[i];
    sum += costs[i];
  }
  world.remember();
  const auto rounds = *rc::gen::inRange(0, 40);
  for (int i = 0; i < rounds; ++i) {
    reconcile(world, *rc::gen::inRange<std::size_t>(0, 4), *rc::gen::inRange<std::size_t>(0, 12),
              *rc::gen::inRange(0, 4));
    RC_ASSERT(world.spent(world.live, world.live) == sum);
    // A book that lags behind the records never lets money be spent twice: an entry that it lacks is still in
    // a record. A record goes only when the book as read has it.
    RC_ASSERT(world.spent(world.past[world.past.size() / 2], world.live) >= sum);
  }
  for (std::size_t i = 0; i < 2 * costs.size() + 2; ++i) reconcile(world, 0, 0, 1000);
  RC_ASSERT(world.live.records.empty());
  RC_ASSERT(world.live.page.size() == costs.size());
  RC_ASSERT(world.spent(world.live, world.live) == sum);
}

}  // namespace op::ledger_plan_test
