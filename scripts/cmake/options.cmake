# SPDX-License-Identifier: Apache-2.0
# Warnings are errors from day one; sanitizers and fuzzing are presets.
set(HA_SANITIZE "" CACHE STRING "Comma list for -fsanitize=, e.g. address,undefined")
option(HA_FUZZ "Build libFuzzer targets (needs clang)" OFF)

add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Werror -fno-omit-frame-pointer)
# Tools start faster without the libraries that only daemons use.
add_link_options(-Wl,--as-needed)
include_directories("${PROJECT_SOURCE_DIR}")

if(HA_SANITIZE)
  add_compile_options(-fsanitize=${HA_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HA_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 loses track of std::variant under the sanitizers and calls members uninitialized that are not.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
endif()

# Presets compile a target's sources some at a time (CMAKE_UNITY_BUILD): what the sanitizers make of templates
# and messages is most of the time a unit takes, and is then made once. Preset dev compiles each by itself, as
# clang-tidy does, which finds a missing include. No precompiled header: it was measured to save a tenth.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 16)

find_program(HA_CCACHE ccache)
if(HA_CCACHE)
  # Objects are shared between build folders: paths relative to the source, no build folder in the hash.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros ${HA_CCACHE})
endif()

if(HA_FUZZ)
  # Coverage of the libraries too, or the fuzzer sees only its target's own file.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
