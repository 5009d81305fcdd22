# Runs a program and checks how it ends: cmake "-DCOMMAND=program;argument;..." -DSTATUS=number
# "-DOUTPUT=regex;regex;..." -P check_run.cmake. Fails unless the program exits by itself with this
# status, and each regular expression is found in what it writes. (A test with
# PASS_REGULAR_EXPRESSION passes if the program crashes after the text.)
execute_process(COMMAND ${COMMAND} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE err)
message("${out}${err}")
# Of a program that a signal ends, the status is the signal's description.
if(NOT status STREQUAL "${STATUS}")
  message(FATAL_ERROR "the program ended with: ${status}; expected the exit status ${STATUS}")
endif()
foreach(regex IN LISTS OUTPUT)
  if(NOT "${out}${err}" MATCHES "${regex}")
    message(FATAL_ERROR "the program exited with ${status}, without a text like: ${regex}")
  endif()
endforeach()
