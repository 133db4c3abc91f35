# Warnings are errors; third-party headers come in as SYSTEM and are exempt.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Werror)

# simdjson's own lookup of the best instruction set happens at run time, so no -march here.
if(NEOBURST_SANITIZE)
  add_compile_options(-fsanitize=${NEOBURST_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${NEOBURST_SANITIZE})
else()
  # Only what is used ends up in the binaries, and their pages in memory.
  add_compile_options(-ffunction-sections -fdata-sections)
  add_link_options(-Wl,--gc-sections -Wl,--as-needed)
endif()

find_program(NEOBURST_CCACHE ccache)
if(NEOBURST_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${NEOBURST_CCACHE})
endif()
