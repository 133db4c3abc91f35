// Both programs are killed again and again while pods burst; every promise must hold afterwards.

#include <algorithm>
#include <thread>

#include "fault/fault_test_base.h"

namespace testing_support::kill_test {

using namespace std::chrono_literals;

enum class Victim { kOperator, kExtender };

class Kill : public Faults {
 protected:
  /// True if the program left work undone when it died.
  bool kill_and_restart(Victim victim) {
    if (victim == Victim::kOperator) {
      neoburst_.kill_operator();
    } else {
      neoburst_.kill_extender();
    }
    const bool at_work = !unfinished().empty();
    std::this_thread::sleep_for(random_pause(0, 1500));
    if (victim == Victim::kOperator) {
      neoburst_.start_operator();
    } else {
      neoburst_.start_extender();
    }
    return at_work;
  }
};

TEST_F(Kill, OperatorAndExtenderAtRandomMomentsOfABurst) {
  const std::size_t operator_kills = full_run() ? 20 : 5;
  const std::size_t extender_kills = full_run() ? 20 : 5;
  prepare("kill", open_claim);
  occupy_home();

  std::vector<Victim> victims(operator_kills, Victim::kOperator);
  victims.insert(victims.end(), extender_kills, Victim::kExtender);
  std::ranges::shuffle(victims, random_);
  std::size_t kills = 0;
  start_wave();
  for (const Victim victim : victims) {
    // Only a kill while there is work to do counts, and a wave takes seconds: one that hit a wave's last
    // moment is repeated.
    for (bool at_work = false; !at_work;) {
      ASSERT_LT(kills++, 2 * victims.size()) << "waves end before they are hit: fewer faults than planned";
      if (unfinished().empty()) start_wave();
      std::this_thread::sleep_for(random_pause(200, 2000));
      if (unfinished().empty()) {
        start_wave();
        std::this_thread::sleep_for(random_pause(0, 1000));
      }
      ASSERT_EQ(neoburst_.casualties(), "");
      at_work = kill_and_restart(victim);
    }
  }
  check_promises();
}

}  // namespace testing_support::kill_test
