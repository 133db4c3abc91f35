#include "operator/ledger/ledger_controller.h"

#include <algorithm>
#include <utility>

#include "api/write.h"
#include "base/log.h"
#include "kube/core/patch.h"

namespace op {
namespace {

using std::chrono::milliseconds;

constexpr const char* kLedgerKey = "ledger";
/// Ends come in swarms; one write serves them all.
constexpr milliseconds kWriteAfter{1'000};
/// A record that is being deleted holds up the end of a namespace.
constexpr milliseconds kFreeAfter{100};
/// Retention is a matter of days.
constexpr milliseconds kLookForOutdatedEvery{600'000};

}  // namespace

LedgerController::LedgerController(Home& home, LedgerOptions options)
    : home_(home),
      options_(options),
      controller_({.name = "ledger", .workers = 1}, [this](const std::string&) { return reconcile(); }) {
  home_.bursts.on_change([this](const kube::Change<api::BurstRecord>& change) {
    if (!change.after) return;
    const auto& b = change.after->burst;
    if (b.deleting) controller_.queue().add_after(kLedgerKey, kFreeAfter);
    if (b.ended()) controller_.queue().add_after(kLedgerKey, kWriteAfter);
  });
}

LedgerController::~LedgerController() { stop(); }

void LedgerController::start() {
  controller_.queue().add(kLedgerKey);
  controller_.start();
}

void LedgerController::stop() { controller_.stop(); }

bool LedgerController::pod_exists(const burst::Burst& b) const {
  const auto pod = home_.pods.store().get({b.ns, b.pod_name});
  return pod && pod->meta.uid == b.pod_uid;
}

Pages LedgerController::pages() {
  auto out = home_.ledgers.store().all();
  for (auto& page : out) page = written_.current(std::move(page));
  return out;
}

base::Result<kube::Next> LedgerController::reconcile() {
  const auto bursts = home_.bursts.store().all();
  const auto more = book(bursts);
  if (!more) return base::fail(more.error());
  for (const auto& record : to_finalize(bursts, home_.book)) {
    if (auto freed = take_finalizer(*record); !freed) return base::fail(std::move(freed.error()));
  }
  const auto outdated = to_delete(bursts, home_.book, home_.clock.now(), options_.retention,
                                  [this](const burst::Burst& b) { return pod_exists(b); });
  for (const auto& record : outdated) {
    if (auto removed = remove(*record); !removed) return base::fail(std::move(removed.error()));
  }
  if (auto removed = remove_outdated_pages(pages()); !removed) return base::fail(std::move(removed.error()));
  // Another look finds the records whose retention runs out next: never later than their retention
  // itself.
  return kube::Next{.again_after = *more ? milliseconds(1)
                                         : std::min(kLookForOutdatedEvery, options_.retention + kFreeAfter)};
}

base::Result<bool> LedgerController::book(const Bursts& bursts) {
  const auto waiting = to_book(bursts, home_.book);
  if (waiting.empty()) return false;
  std::vector<nlohmann::json> entries;
  for (const auto& record : waiting) {
    for (auto& entry : api::ledger_entries(record->burst)) {
      if (entries.size() == kWriteEntries) break;
      if (!home_.book.contains(entry.at("key").get<std::string>())) entries.push_back(std::move(entry));
    }
  }
  const auto all = pages();
  const auto open = open_page(all, home_.clock.now());
  const auto written =
      open ? append(*open, entries) : create(next_page_name(all, home_.clock.now()), entries);
  if (!written) return base::fail(written.error());
  base::log_debug("booked", {{"entries", std::to_string(entries.size())}});
  return true;
}

base::Outcome LedgerController::append(const api::LedgerPageRecord& page,
                                       const std::vector<nlohmann::json>& entries) {
  kube::JsonPatch patch;
  patch.test("/metadata/resourceVersion", page.meta.resource_version);
  for (const auto& entry : entries) patch.add("/spec/entries/-", entry);
  auto reply = home_.client.send(
      kube::patch_request(api::kLedgers, {}, page.meta.name, kube::PatchType::kJson, patch.body()));
  if (!reply)
    return base::fail(std::move(reply.error()).with_context("writing ledger page " + page.meta.name));
  remember(page.meta.resource_version, reply->body);
  return {};
}

base::Outcome LedgerController::create(const std::string& name, const std::vector<nlohmann::json>& entries) {
  const nlohmann::json object{{"apiVersion", api::kLedgers.api_version()},
                              {"kind", api::kLedgers.kind},
                              {"metadata", {{"name", name}}},
                              {"spec", {{"entries", entries}}}};
  auto reply = home_.client.send(kube::create_request(api::kLedgers, {}, object.dump()));
  if (!reply) return base::fail(std::move(reply.error()).with_context("starting ledger page " + name));
  remember({}, reply->body);
  return {};
}

void LedgerController::remember(const std::string& replaced, const std::string& reply) {
  auto page = kube::decode_text<api::LedgerPageRecord>(reply, api::decode_ledger_page);
  if (!page) return;  // the watch will bring it
  home_.book.set_page(page->meta.name, page->entries);
  if (!replaced.empty())
    written_.wrote(replaced, std::make_shared<const api::LedgerPageRecord>(std::move(*page)));
}

base::Result<bool> LedgerController::take_finalizer(const api::BurstRecord& record) {
  auto reply = home_.client.send(kube::get_request(api::kBursts, record.meta.ns, record.meta.name));
  if (!reply) {
    if (reply.error().is(base::Code::kNotFound)) return true;
    return base::fail(std::move(reply.error()));
  }
  auto live = kube::decode_text<api::BurstRecord>(reply->body, api::decode_burst);
  if (!live) return base::fail(std::move(live.error()));
  if (live->meta.uid != record.meta.uid) return true;
  // The record that was decided on may lag: an attempt may have begun, or ended with a charge of its own,
  // since.
  if (!may_go(*live, home_.book)) return false;
  const auto metadata = nlohmann::json::parse(reply->body).at("metadata");
  nlohmann::json kept = nlohmann::json::array();
  for (const auto& finalizer : metadata.value("finalizers", nlohmann::json::array())) {
    if (finalizer != api::kLedgerFinalizer) kept.push_back(finalizer);
  }
  const nlohmann::json body{{"metadata",
                             {{"uid", record.meta.uid},
                              {"resourceVersion", live->meta.resource_version},
                              {"finalizers", std::move(kept)}}}};
  auto patched = home_.client.patch(api::kBursts, record.meta.ns, record.meta.name, kube::PatchType::kMerge,
                                    body.dump());
  if (patched || patched.error().is(base::Code::kNotFound)) return true;
  return base::fail(std::move(patched.error()));
}

base::Outcome LedgerController::remove(const api::BurstRecord& record) {
  const auto freed = take_finalizer(record);
  if (!freed) return base::fail(freed.error());
  if (!*freed) return {};
  kube::DeleteOptions options;
  options.uid = record.meta.uid;
  auto removed = home_.client.remove(api::kBursts, record.meta.ns, record.meta.name, options);
  // Another object of that name: ours is gone.
  if (!removed && removed.error().is(base::Code::kConflict)) return {};
  return removed;
}

base::Outcome LedgerController::remove_outdated_pages(const Pages& all) {
  const auto config = home_.config();
  const auto retention = config ? config->ledger_retention : api::ConfigRecord{}.ledger_retention;
  for (const auto& page : outdated_pages(all, home_.clock.now(), retention)) {
    kube::DeleteOptions options;
    options.uid = page->meta.uid;
    if (auto removed = home_.client.remove(api::kLedgers, {}, page->meta.name, options); !removed)
      return removed;
    base::log_info("removed an outdated ledger page", {{"page", page->meta.name}});
  }
  return {};
}

}  // namespace op
