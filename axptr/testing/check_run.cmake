# Runs a program and checks how it ends: cmake "-DCOMMAND=program;argument;..." -DSTATUS=number
# "-DOUTPUT=regex;regex;..." [-DNOT_OUTPUT=regex] -P check_run.cmake. Fails unless the program exits by itself with this
# status, its output matches each regular expression of OUTPUT, and does not match NOT_OUTPUT. (A test with
# PASS_REGULAR_EXPRESSION would also pass if the program crashes after the text.)
execute_process(COMMAND ${COMMAND} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE err)
message("${out}${err}")
# If a signal ends the program, the status is the description of the signal.
if(NOT status STREQUAL "${STATUS}")
  message(FATAL_ERROR "the program ended with: ${status}; expected the exit status ${STATUS}")
endif()
foreach(regex IN LISTS OUTPUT)
  if(NOT "${out}${err}" MATCHES "${regex}")
    message(FATAL_ERROR "the program exited with ${status}, without a text like: ${regex}")
  endif()
endforeach()
if(DEFINED NOT_OUTPUT AND "${out}${err}" MATCHES "${NOT_OUTPUT}")
  message(FATAL_ERROR "the program wrote a text like: ${NOT_OUTPUT}")
endif()
