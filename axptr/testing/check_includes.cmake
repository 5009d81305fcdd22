# cmake -DFOLDER=<the library's folder> -P check_includes.cmake
# Fails if a file of the library knows what stands above it, a header includes anything but the
# library and standard headers that a kernel has, or a header differs by anything but the machine.
cmake_minimum_required(VERSION 3.25)

set(standard
  bit compare concepts cstddef cstdint expected memory optional span string_view type_traits
  utility)
set(mistakes "")

file(GLOB_RECURSE files ${FOLDER}/*)
list(REMOVE_ITEM files ${CMAKE_CURRENT_LIST_FILE})
foreach(file IN LISTS files)
  file(READ ${file} text)
  if(text MATCHES "sim/|sim::|[Ss]imulat")
    string(APPEND mistakes "${file}: names '${CMAKE_MATCH_0}'\n")
  endif()
endforeach()

file(GLOB headers ${FOLDER}/*.h)
foreach(file IN LISTS headers ITEMS ${FOLDER}/freestanding_check.cc)
  file(STRINGS ${file} includes REGEX "^[ \t]*#[ \t]*include")
  foreach(include IN LISTS includes)
    if(include MATCHES "^#include <([a-z_]+)>$" AND CMAKE_MATCH_1 IN_LIST standard)
      continue()
    endif()
    if(NOT include MATCHES "^#include (\"axptr/[a-z_0-9]+\\.h\"|AXPTR_PLATFORM_HEADER)$")
      string(APPEND mistakes "${file}: ${include}\n")
    endif()
  endforeach()
  file(STRINGS ${file} conditions REGEX "^[ \t]*#[ \t]*(if|elif)")
  foreach(condition IN LISTS conditions)
    if(NOT condition MATCHES "^#(ifndef AXPTR_[A-Z_0-9]+_H_|ifdef __SSE2__|ifdef __PIC__|ifdef AXPTR_PLATFORM_HEADER)$")
      string(APPEND mistakes "${file}: ${condition}\n")
    endif()
  endforeach()
endforeach()

if(mistakes)
  message(FATAL_ERROR "${mistakes}")
endif()
