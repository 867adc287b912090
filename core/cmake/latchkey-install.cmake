# SPDX-License-Identifier: MIT
# What is installed of core/ and include/; plugins install themselves.
include(CMakePackageConfigHelpers)

# The plugin directory is compiled in; DESTDIR does not change what it is.
install(CODE "
  if(NOT CMAKE_INSTALL_PREFIX STREQUAL \"${CMAKE_INSTALL_PREFIX}\")
    message(WARNING \"Plugins below \${CMAKE_INSTALL_PREFIX} will not be \"
      \"found: this build looks below ${CMAKE_INSTALL_PREFIX}.  Configure \"
      \"again with -DCMAKE_INSTALL_PREFIX=\${CMAKE_INSTALL_PREFIX}\")
  endif()")

set(cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/latchkey")

install(TARGETS latchkey_mech latchkey latchkey-smtp EXPORT latchkey-targets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT latchkey-targets NAMESPACE latchkey:: DESTINATION "${cmake_dir}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/latchkey"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/core/cmake/latchkey-config.cmake.in"
  "${CMAKE_CURRENT_BINARY_DIR}/latchkey-config.cmake"
  INSTALL_DESTINATION "${cmake_dir}"
  PATH_VARS LATCHKEY_PLUGIN_SUBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(
  "${CMAKE_CURRENT_BINARY_DIR}/latchkey-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/latchkey-config.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/latchkey-config-version.cmake"
  "${PROJECT_SOURCE_DIR}/core/cmake/latchkey-plugin.cmake"
  "${PROJECT_SOURCE_DIR}/core/cmake/plugin.map"
  DESTINATION "${cmake_dir}")

# The .pc files follow the tree they lie in, unless libdir is absolute.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(LATCHKEY_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
  set(LATCHKEY_PC_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
else()
  file(RELATIVE_PATH up
    "/p/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/p")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(LATCHKEY_PC_PREFIX "\${pcfiledir}/${up}")
  set(LATCHKEY_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(LATCHKEY_PC_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}")
else()
  set(LATCHKEY_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
foreach(pc latchkey latchkey-smtp latchkey-mech)
  configure_file("${PROJECT_SOURCE_DIR}/core/pkgconfig/${pc}.pc.in"
    "${CMAKE_CURRENT_BINARY_DIR}/${pc}.pc" @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${pc}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()

# For what expects sendmail.  The links take the place of another system's.
option(LATCHKEY_SENDMAIL "Install sbin/sendmail and lib/sendmail" OFF)
if(LATCHKEY_SENDMAIL)
  foreach(dir "${CMAKE_INSTALL_SBINDIR}" lib)
    file(RELATIVE_PATH latchkey "${CMAKE_INSTALL_PREFIX}/${dir}"
      "${CMAKE_INSTALL_FULL_BINDIR}/latchkey")
    set(link "${CMAKE_CURRENT_BINARY_DIR}/links/${dir}/sendmail")
    get_filename_component(links "${link}" DIRECTORY)
    file(MAKE_DIRECTORY "${links}")
    file(CREATE_LINK "${latchkey}" "${link}" SYMBOLIC)
    install(FILES "${link}" DESTINATION "${dir}" COMPONENT sendmail)
  endforeach()
endif()

file(GLOB providers CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/core/providers.d/*.conf")
if(providers)
  install(FILES ${providers}
    DESTINATION "${CMAKE_INSTALL_DATADIR}/latchkey/providers.d")
endif()
install(FILES "${PROJECT_SOURCE_DIR}/core/completion/latchkey.bash"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
  RENAME latchkey)
install(FILES "${PROJECT_SOURCE_DIR}/core/completion/_latchkey"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
foreach(section 1 3 5 7 8)
  file(GLOB pages CONFIGURE_DEPENDS
    "${PROJECT_SOURCE_DIR}/core/man/*.${section}")
  if(pages)
    install(FILES ${pages} DESTINATION "${CMAKE_INSTALL_MANDIR}/man${section}")
  endif()
endforeach()

# Logins for scripts and other languages.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/core/examples/sasl"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" USE_SOURCE_PERMISSIONS)

# Programs for who writes one.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/core/examples/"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples"
  FILES_MATCHING PATTERN "*.[ch]" PATTERN "CMakeLists.txt" PATTERN "*.md"
  PATTERN "sasl" EXCLUDE)

# The Python module as it is: for PYTHONPATH, or for pip.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/core/python/"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/latchkey/python"
  PATTERN "__pycache__" EXCLUDE PATTERN ".mypy_cache" EXCLUDE
  PATTERN "build" EXCLUDE PATTERN "*.egg-info" EXCLUDE)
