# Sets AXPTR_PROCESSOR to the NAME in sim/machine/processor_NAME.cc of the target processor,
# or ends the configuration with an error.
cmake_minimum_required(VERSION 3.25)  # a test runs this file alone
set(processors x86_64 aarch64)
set(AXPTR_PROCESSOR ${CMAKE_SYSTEM_PROCESSOR})
if(AXPTR_PROCESSOR STREQUAL "AMD64")
  set(AXPTR_PROCESSOR x86_64)
elseif(AXPTR_PROCESSOR STREQUAL "arm64")
  set(AXPTR_PROCESSOR aarch64)
endif()
set(instead "The library alone needs none of it: -DAXPTR_LIBRARY_ONLY=ON (package/README.md).")
if(NOT AXPTR_PROCESSOR IN_LIST processors)
  list(JOIN processors ", " known)
  message(FATAL_ERROR "The simulated machine handles page faults of ${known}, not of "
    "${CMAKE_SYSTEM_PROCESSOR}: it needs a file sim/machine/processor_${CMAKE_SYSTEM_PROCESSOR}.cc "
    "(processor.h), and its name in processors.cmake. ${instead}")
endif()
include(CheckCXXSymbolExists)
check_cxx_symbol_exists(__GLIBC__ features.h AXPTR_HAS_GLIBC)
if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux" OR NOT AXPTR_HAS_GLIBC)
  message(FATAL_ERROR "The simulated machine runs on Linux with the GNU C library, which signal frames and "
    "jumps out of signal handlers are taken from. ${instead}")
endif()
