#include "program/leadership.h"

#include <utility>

#include "program/identity.h"

namespace program {

Leadership::Leadership(Shutdown& shutdown, std::function<void()> lead)
    : shutdown_(shutdown), lead_(std::move(lead)) {}

void Leadership::elect(kube::Client& client, std::string ns, std::string_view name) {
  const kube::ElectionOptions election{
      .ns = std::move(ns), .name = std::string(name), .identity = process_identity()};
  elector_ = std::make_unique<kube::Elector>(
      client, base::system_clock(), election,
      kube::Elector::Callbacks{
          .started = [this] { start(); },
          .lost = [this](std::string why) { shutdown_.request("leadership lost: " + why, 1); }});
  elector_->start();
}

void Leadership::lead_alone() { start(); }

void Leadership::start() {
  const std::lock_guard lock(starting_);
  if (!closed_) lead_();
}

void Leadership::close() {
  const std::lock_guard lock(starting_);
  closed_ = true;
}

void Leadership::give_back() {
  if (elector_) elector_->stop();
}

}  // namespace program
