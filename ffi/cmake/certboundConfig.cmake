# find_package(certbound) defines the targets certbound::certbound, the shared library, and certbound::static.
# A target whose library is not installed is not defined.

# This file is in share/certbound/cmake.
get_filename_component(_certbound_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(_certbound_here HINTS "${_certbound_prefix}" NO_DEFAULT_PATH)
set(_certbound_lib PATH_SUFFIXES lib lib64 "lib/${CMAKE_LIBRARY_ARCHITECTURE}")

# Results of an earlier run may belong to another prefix.
foreach(_certbound_result INCLUDE_DIR SHARED_LIBRARY STATIC_LIBRARY)
  unset(certbound_${_certbound_result} CACHE)
endforeach()

find_path(certbound_INCLUDE_DIR certbound.h ${_certbound_here} PATH_SUFFIXES include)
find_library(certbound_SHARED_LIBRARY libcertbound.so ${_certbound_here} ${_certbound_lib})
find_library(certbound_STATIC_LIBRARY libcertbound.a ${_certbound_here} ${_certbound_lib})
mark_as_advanced(certbound_INCLUDE_DIR certbound_SHARED_LIBRARY certbound_STATIC_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(certbound REQUIRED_VARS certbound_INCLUDE_DIR)

if(certbound_FOUND AND certbound_SHARED_LIBRARY AND NOT TARGET certbound::certbound)
  add_library(certbound::certbound SHARED IMPORTED)
  set_target_properties(certbound::certbound PROPERTIES
    IMPORTED_LOCATION "${certbound_SHARED_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${certbound_INCLUDE_DIR}")
endif()

if(certbound_FOUND AND certbound_STATIC_LIBRARY AND NOT TARGET certbound::static)
  add_library(certbound::static STATIC IMPORTED)
  set_target_properties(certbound::static PROPERTIES
    IMPORTED_LOCATION "${certbound_STATIC_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${certbound_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "-pthread;dl;m")
endif()
