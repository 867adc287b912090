# SPDX-License-Identifier: MIT
# latchkey_add_mechanism(<name> <source>...): one plugin <name>.so that exports
# one symbol and is installed where the host looks.  The target is called
# <name>, so further libraries are added by target_link_libraries(<name> ...).
#
# The plugins of Latchkey itself use this same function.  Before the call
# LATCHKEY_LINK_DEFS may be set to another list of linker options, or to
# nothing, where a sanitizer's symbols come from the executable.

set(LATCHKEY_PLUGIN_MAP "${CMAKE_CURRENT_LIST_DIR}/plugin.map")
if(NOT DEFINED LATCHKEY_LINK_DEFS)
  set(LATCHKEY_LINK_DEFS "LINKER:-z,defs")
endif()

function(latchkey_add_mechanism name)
  if(NOT DEFINED latchkey_PLUGIN_DIR)
    message(FATAL_ERROR "latchkey_PLUGIN_DIR is not set: "
      "call find_package(latchkey) first")
  endif()
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE latchkey::mech)
  target_link_options(${name} PRIVATE
    "LINKER:--version-script=${LATCHKEY_PLUGIN_MAP}"
    "LINKER:-z,now" ${LATCHKEY_LINK_DEFS})
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so"
    C_STANDARD 11 C_EXTENSIONS ON C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS "${LATCHKEY_PLUGIN_MAP}")
  if(LATCHKEY_PLUGIN_OUTPUT_DIR)
    set_target_properties(${name} PROPERTIES
      LIBRARY_OUTPUT_DIRECTORY "${LATCHKEY_PLUGIN_OUTPUT_DIR}")
  endif()
  set_property(GLOBAL APPEND PROPERTY LATCHKEY_PLUGINS ${name})
  install(TARGETS ${name} LIBRARY DESTINATION "${latchkey_PLUGIN_DIR}")
endfunction()
