# cmake -DFOLDER=<the library's folder> -P check_freestanding_text.cmake
# Fails if a file of the library names a higher layer, if a header has conditional code for anything but the processor,
# or if README.md lists other headers of a libc than those that the builds without a libc get. sim/testing/includes
# checks the includes of a header.
cmake_minimum_required(VERSION 3.25)

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
  file(STRINGS ${file} conditions REGEX "^[ \t]*#[ \t]*(if|elif)")
  foreach(condition IN LISTS conditions)
    if(NOT condition MATCHES "^#(ifndef AXPTR_[A-Z_0-9]+_H_|ifdef __SSE2__|ifdef __PIC__|ifdef AXPTR_PLATFORM_HEADER)$")
      string(APPEND mistakes "${file}: ${condition}\n")
    endif()
  endforeach()
endforeach()

# The headers of a libc that README.md lists, and those that the builds without a libc get.
set(of_libc "")
file(STRINGS ${FOLDER}/README.md rows REGEX "^\\| `[a-z_]+\\.h` \\| libc")
foreach(row IN LISTS rows)
  string(REGEX MATCH "[a-z_]+\\.h" name "${row}")
  list(APPEND of_libc ${name})
endforeach()
file(GLOB given RELATIVE ${FOLDER}/testing/no_libc ${FOLDER}/testing/no_libc/*)
if(NOT of_libc STREQUAL given)
  string(APPEND mistakes "README.md lists of a libc: ${of_libc}; testing/no_libc/ has: ${given}\n")
endif()

if(mistakes)
  message(FATAL_ERROR "${mistakes}")
endif()
