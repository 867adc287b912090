# SPDX-License-Identifier: MIT
# latchkey_variant(<name>): the code of the libraries without core/net, compiled
# once more as the object library <name>, with the options of the folder that
# calls this.  A program takes its TARGET_OBJECTS, and links with it.
include_guard()

function(latchkey_variant name)
  set(sources)
  foreach(target latchkey_base latchkey_objects latchkey_smtp_objects)
    get_target_property(more ${target} SOURCES)
    list(APPEND sources ${more})
  endforeach()
  list(FILTER sources EXCLUDE REGEX "/core/net/")
  get_target_property(libraries latchkey_test INTERFACE_LINK_LIBRARIES)
  list(REMOVE_ITEM libraries latchkey_all)
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${sources})
  target_link_libraries(${name} PUBLIC ${libraries})
endfunction()
