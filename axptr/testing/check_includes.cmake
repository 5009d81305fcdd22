# cmake -DFOLDER=<the library's folder> -P check_includes.cmake
# Fails if a file of the library knows what stands above it, a header includes anything but the
# library and the standard headers that README.md lists, README.md lists one that none includes, or a
# header differs by anything but the machine.
cmake_minimum_required(VERSION 3.25)

# The standard headers, and those of a libc, that README.md lists.
file(STRINGS ${FOLDER}/README.md rows REGEX "^\\| `<?[a-z_.]+>?` \\|")
set(standard "")
set(of_libc "")
foreach(row IN LISTS rows)
  if(row MATCHES "^\\| `<([a-z_]+)>` \\|")
    list(APPEND standard ${CMAKE_MATCH_1})
  elseif(row MATCHES "^\\| `([a-z_]+\\.h)` \\| libc")
    list(APPEND of_libc ${CMAKE_MATCH_1})
  endif()
endforeach()
set(included "")
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
foreach(file IN LISTS headers ITEMS
    ${FOLDER}/freestanding_check.cc ${FOLDER}/testing/example_kernel.h)
  file(STRINGS ${file} includes REGEX "^[ \t]*#[ \t]*include")
  foreach(include IN LISTS includes)
    if(include MATCHES "^#include <([a-z_]+)>$" AND CMAKE_MATCH_1 IN_LIST standard)
      list(APPEND included ${CMAKE_MATCH_1})
      continue()
    endif()
    if(file MATCHES "/freestanding_check[.]cc$" AND
       include STREQUAL "#include \"axptr/testing/example_kernel.h\"")
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

# README.md lists no more than that, and of a libc's headers what the builds without one are given.
list(REMOVE_ITEM standard ${included})
if(standard)
  string(APPEND mistakes "README.md lists headers that no file includes: ${standard}\n")
endif()
file(GLOB given RELATIVE ${FOLDER}/testing/no_libc ${FOLDER}/testing/no_libc/*)
if(NOT of_libc STREQUAL given)
  string(APPEND mistakes "README.md lists of a libc: ${of_libc}; testing/no_libc/ has: ${given}\n")
endif()

if(mistakes)
  message(FATAL_ERROR "${mistakes}")
endif()
