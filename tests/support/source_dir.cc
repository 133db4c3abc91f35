#include "support/source_dir.h"

namespace testing_support {

std::string source_dir() { return NEOBURST_SOURCE_DIR; }

}  // namespace testing_support
