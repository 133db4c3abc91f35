// Both programs are killed again and again while pods burst; every promise must hold afterwards.

#include <algorithm>
#include <thread>

#include "fault/fault_test_base.h"

namespace testing_support {
namespace {

using namespace std::chrono_literals;

class Kill : public Faults {};

enum class Victim { kOperator, kExtender };

TEST_F(Kill, OperatorAndExtenderAtRandomMomentsOfABurst) {
  const std::size_t operator_kills = full_run() ? 20 : 5;
  const std::size_t extender_kills = full_run() ? 20 : 5;
  prepare("kill", open_claim);
  occupy_home();

  std::vector<Victim> victims(operator_kills, Victim::kOperator);
  victims.insert(victims.end(), extender_kills, Victim::kExtender);
  std::ranges::shuffle(victims, random_);
  std::size_t killed_at_work = 0;
  start_wave();
  for (const Victim victim : victims) {
    if (unfinished().empty()) start_wave();
    std::this_thread::sleep_for(random_pause(200, 2000));
    ASSERT_EQ(neoburst_.casualties(), "");
    // Only a kill while there is work to do counts: a wave takes seconds.
    if (unfinished().empty()) {
      start_wave();
      std::this_thread::sleep_for(random_pause(0, 1000));
    }
    killed_at_work += unfinished().empty() ? 0 : 1;
    if (victim == Victim::kOperator) {
      neoburst_.kill_operator();
      std::this_thread::sleep_for(random_pause(0, 1500));
      neoburst_.start_operator();
    } else {
      neoburst_.kill_extender();
      std::this_thread::sleep_for(random_pause(0, 1500));
      neoburst_.start_extender();
    }
  }
  EXPECT_EQ(killed_at_work, victims.size()) << "fewer faults were injected than planned";
  check_promises();
}

}  // namespace
}  // namespace testing_support
