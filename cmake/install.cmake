# `cmake --install build/release [--prefix DIR]` puts the program, its unit, its settings and its examples in place.
include(GNUInstallDirs)
install(TARGETS bailiwick RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/examples DESTINATION ${CMAKE_INSTALL_DATADIR}/bailiwick)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The unit names the program and its settings where this installation has them, and the prefix is known only now.
# Settings belong to who runs the server: those that are there stay.
install(CODE "set(packaging \"${CMAKE_SOURCE_DIR}/packaging\")
set(scratch \"${CMAKE_BINARY_DIR}/packaging\")
set(docdir \"${CMAKE_INSTALL_DOCDIR}\")
set(bindir \"${CMAKE_INSTALL_BINDIR}\")")
install(CODE [[
  set(program "${CMAKE_INSTALL_PREFIX}/${bindir}/bailiwick")
  set(documents "${CMAKE_INSTALL_PREFIX}/${docdir}")
  set(settings "${CMAKE_INSTALL_PREFIX}/etc/bailiwick")
  if(CMAKE_INSTALL_PREFIX MATCHES "^/usr(/local)?/?$")
    set(settings /etc/bailiwick)
  endif()
  configure_file("${packaging}/bailiwick.service.in" "${scratch}/bailiwick.service" @ONLY)
  file(INSTALL "${scratch}/bailiwick.service" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
  if(EXISTS "$ENV{DESTDIR}${settings}/bailiwick.yaml")
    message(STATUS "Kept: $ENV{DESTDIR}${settings}/bailiwick.yaml")
  else()
    file(INSTALL "${packaging}/bailiwick.yaml" DESTINATION "${settings}")
  endif()
  file(MAKE_DIRECTORY "$ENV{DESTDIR}${settings}/tenants")
]])
