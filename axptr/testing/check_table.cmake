# cmake -DCOMPILER=<g++ or clang++> -DFOLDER=<the source's folder> -P check_table.cmake
# Fails unless the table of plain_types.h is correct, with the standard and with extensions, and each
# inverted row of the table fails.
cmake_minimum_required(VERSION 3.25)

set(ENV{LC_ALL} C)
set(table ${FOLDER}/axptr/testing/plain_types.h)
set(no_limit "")
if(COMPILER MATCHES "clang")
  set(no_limit -ferror-limit=0)
endif()

# compile(FLAG...): sets `status`, and `output` with all that the compiler prints.
function(compile)
  execute_process(
    COMMAND ${COMPILER} -fsyntax-only -Wall -Wextra -Wshadow -Werror -I${FOLDER} ${ARGN} -x c++ ${table}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  set(status "${status}" PARENT_SCOPE)
  set(output "${output}" PARENT_SCOPE)
endfunction()

# The rows that this compiler has: the messages of these rows are in the preprocessed source.
execute_process(COMMAND ${COMPILER} -std=c++23 -E -P -I${FOLDER} -x c++ ${table}
  RESULT_VARIABLE status OUTPUT_VARIABLE preprocessed ERROR_VARIABLE errors)
string(REGEX MATCHALL "\"axptr row\"" rows "${preprocessed}")
list(LENGTH rows count)
if(NOT status EQUAL 0 OR count LESS 100)
  message(FATAL_ERROR "The table has only ${count} rows: are they still found?\n${errors}")
endif()

foreach(standard IN ITEMS c++23 gnu++23)
  compile(-std=${standard})
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "The table does not hold by ${COMPILER} -std=${standard}:\n${output}")
  endif()
endforeach()

compile(-std=c++23 ${no_limit} -DAXPTR_TURNED_ROUND)
string(REGEX MATCHALL "error: static assertion failed[^\n]*: axptr row" failed "${output}")
list(LENGTH failed failed_count)
if(NOT status STREQUAL "1" OR NOT failed_count EQUAL count)
  message(FATAL_ERROR "Turned round, ${failed_count} of ${count} rows fail by ${COMPILER}; status "
    "${status}. All must, or a row tests nothing.\n${output}")
endif()
message(STATUS "${count} rows hold, and ${failed_count} fail when turned round: ${COMPILER}")
