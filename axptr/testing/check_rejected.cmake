# cmake -DCOMPILER=<g++ or clang++> -DFOLDER=<the source's folder> -DFILE=<file> -DWORK=<folder to write to>
#   -P check_rejected.cmake
# Fails unless FILE compiles without a case, and each of its cases is rejected for the right reason. A case
# is code between "#ifdef AXPTR_REJECTED_<name>" and "#endif"; its first lines are comments:
#
#   // must say: <expression> && <expression>...   each matches an error of the compiler
#   // may add: <expression>                       matches further errors; the line may be left out
#
# A case holds if the compiler ends with exit status 1, each expression of the first line matches
# an error, and each error is matched. So a compiler that crashes and an error elsewhere in FILE fail.
# check_rejected_control.cmake shows that this script can fail.
#
# A case is compiled with AXPTR_ONE_CASE, by which FILE may leave out code that must compile: that code is compiled once,
# without a case.
#
# The includes of FILE are precompiled once, if the compiler supports this, because they are most of the cost of a case.
# A case before the first #include may change how headers are read, and is compiled without the precompiled header.
cmake_minimum_required(VERSION 3.25)

set(ENV{LC_ALL} C)
set(flags -std=c++23 -Wall -Wextra -Wshadow -I${FOLDER})
set(mistakes "")

# precompile(INCLUDES): sets `precompiled` to the flags that replace these lines by a precompiled header, or
# to nothing.
function(precompile includes)
  set(precompiled "" PARENT_SCOPE)
  if(NOT includes)
    return()
  endif()
  # clang finds includes.h.pch by -include includes.h, and g++ includes.h.gch.
  set(suffix gch)
  if(COMPILER MATCHES clang)
    set(suffix pch)
  endif()
  list(JOIN includes "\n" text)
  file(WRITE ${WORK}/includes.h "${text}\n")
  execute_process(COMMAND ${COMPILER} ${flags} -x c++-header ${WORK}/includes.h -o ${WORK}/includes.h.${suffix}
    RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  if(status EQUAL 0)
    set(precompiled -include ${WORK}/includes.h PARENT_SCOPE)
  endif()
endfunction()

# compile(DEFINE...): sets `status` and `errors`, a list of the lines that report an error.
function(compile)
  execute_process(COMMAND ${COMPILER} -fsyntax-only ${flags} ${ARGN} ${FILE}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[][;]" "," output "${output}")  # these are special characters in a list
  string(REGEX MATCHALL "[^\n]*error:[^\n]*" errors "${output}")
  set(status "${status}" PARENT_SCOPE)
  set(errors "${errors}" PARENT_SCOPE)
endfunction()

# check_case(NAME SAYS ADDS): appends the problems of a case to `mistakes`.
function(check_case name says adds)
  set(as_well ${precompiled})
  if(name IN_LIST before_the_includes)
    set(as_well "")
  endif()
  compile(${as_well} -DAXPTR_ONE_CASE -DAXPTR_REJECTED_${name})
  set(wrong "")
  if(status EQUAL 0)
    set(wrong "  it compiles\n")
  elseif(NOT status STREQUAL "1")
    set(wrong "  the compiler ends with status ${status}, not 1\n")
  endif()
  string(REPLACE " && " ";" expressions "${says}")
  foreach(expression IN LISTS expressions)
    if(NOT errors MATCHES "${expression}")
      string(APPEND wrong "  no error says '${expression}'\n")
    endif()
  endforeach()
  if(adds)
    list(APPEND expressions "${adds}")
  endif()
  list(JOIN expressions "|" any)
  foreach(error IN LISTS errors)
    if(NOT error MATCHES "${any}")
      string(APPEND wrong "  unexpected: ${error}\n")
    endif()
  endforeach()
  if(wrong)
    set(mistakes "${mistakes}${name}:\n${wrong}" PARENT_SCOPE)
  else()
    list(GET errors 0 error)
    string(REGEX REPLACE "^.*error: (static assertion failed[^:]*: )?" "" error "${error}")
    message(STATUS "rejected: ${name}: ${error}")
  endif()
endfunction()

compile()
if(NOT status EQUAL 0)
  list(JOIN errors "\n  " errors)
  message(FATAL_ERROR "${FILE} does not compile without any case (status ${status}):\n  ${errors}")
endif()

file(READ ${FILE} text)
string(REGEX REPLACE "[][;]" "," text "${text}")
set(case_line "#ifdef AXPTR_REJECTED_([A-Za-z0-9]+)")
string(REGEX MATCHALL "${case_line}\n *// must say: [^\n]+(\n *// may add: [^\n]+)?" cases "${text}")
string(REGEX MATCHALL "AXPTR_REJECTED_[A-Za-z0-9]+" names "${text}")
list(LENGTH cases count)
list(LENGTH names count_of_names)
list(REMOVE_DUPLICATES names)
list(LENGTH names count_of_different_names)
if(count EQUAL 0 OR NOT count EQUAL count_of_names OR NOT count EQUAL count_of_different_names)
  message(FATAL_ERROR "${FILE} has ${count} cases with the text of the error, but "
    "${count_of_names} names, ${count_of_different_names} of them different.")
endif()
string(FIND "${text}" "\n#include" first_include)
string(SUBSTRING "${text}" 0 ${first_include} head)
string(REGEX MATCHALL "AXPTR_REJECTED_[A-Za-z0-9]+" before_the_includes "${head}")
list(TRANSFORM before_the_includes REPLACE "^AXPTR_REJECTED_" "")
string(REGEX MATCHALL "\n#include [^\n]+" includes "${text}")
list(TRANSFORM includes STRIP)
precompile("${includes}")
foreach(case IN LISTS cases)
  string(REGEX MATCH "${case_line}\n *// must say: ([^\n]+)" matched "${case}")
  set(name "${CMAKE_MATCH_1}")
  set(says "${CMAKE_MATCH_2}")
  set(adds "")
  if(case MATCHES "// may add: ([^\n]+)")
    set(adds "${CMAKE_MATCH_1}")
  endif()
  check_case("${name}" "${says}" "${adds}")
endforeach()
if(mistakes)
  message(FATAL_ERROR "${FILE} by ${COMPILER}:\n${mistakes}")
endif()
