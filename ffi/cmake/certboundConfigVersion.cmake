# The version of the library, which a test compares with Cargo.toml's. Versions with the same soname are compatible.
set(PACKAGE_VERSION "0.1.0")

string(REGEX MATCH "^[0-9]+" _certbound_major "${PACKAGE_VERSION}")
if("${PACKAGE_FIND_VERSION_MAJOR}" STREQUAL "${_certbound_major}" AND NOT PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
  if(PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
endif()
