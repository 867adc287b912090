# SPDX-License-Identifier: MIT
# libltdl ships neither a .pc nor a CMake file: LTDL::LTDL is defined here.
find_path(LTDL_INCLUDE_DIR ltdl.h)
find_library(LTDL_LIBRARY ltdl)
mark_as_advanced(LTDL_INCLUDE_DIR LTDL_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LTDL
  REQUIRED_VARS LTDL_LIBRARY LTDL_INCLUDE_DIR)

if(LTDL_FOUND AND NOT TARGET LTDL::LTDL)
  add_library(LTDL::LTDL UNKNOWN IMPORTED)
  set_target_properties(LTDL::LTDL PROPERTIES
    IMPORTED_LOCATION "${LTDL_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LTDL_INCLUDE_DIR}")
endif()
