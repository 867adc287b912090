# SPDX-License-Identifier: MIT
# LATCHKEY_PRESET=dev: Debug, -Werror, ASan and UBSan.
# LATCHKEY_PRESET=release: optimised and hardened, warnings are not errors.
include(CheckCCompilerFlag)
include(CheckPIESupported)

set(LATCHKEY_PRESET release CACHE STRING "dev or release")
set_property(CACHE LATCHKEY_PRESET PROPERTY STRINGS dev release)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
check_pie_supported(LANGUAGES C)

# Shared objects must name every library they use.  Clang's sanitizers live
# in the executable, so there the linker cannot check it.
set(LATCHKEY_LINK_DEFS "LINKER:-z,defs")

add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wvla -Wswitch-enum)

macro(latchkey_default_build_type type)
  if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE ${type} CACHE STRING "" FORCE)
  endif()
endmacro()

if(LATCHKEY_PRESET STREQUAL "dev")
  latchkey_default_build_type(Debug)
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)
  add_compile_options(-Werror ${sanitize} -fno-omit-frame-pointer)
  add_link_options(${sanitize})
  set(LATCHKEY_LINK_DEFS "")
elseif(LATCHKEY_PRESET STREQUAL "release")
  latchkey_default_build_type(RelWithDebInfo)
  foreach(flag -fstack-protector-strong -fstack-clash-protection
      -fcf-protection)
    string(MAKE_C_IDENTIFIER "LATCHKEY_HAS${flag}" has)
    check_c_compiler_flag(${flag} ${has})
    if(${has})
      add_compile_options(${flag})
    endif()
  endforeach()
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  endif()
  add_link_options(LINKER:-z,relro LINKER:-z,now)
else()
  message(FATAL_ERROR
    "LATCHKEY_PRESET: \"${LATCHKEY_PRESET}\" is not dev or release")
endif()
