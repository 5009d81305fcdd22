# cmake -DNAME=<target> -DPROGRAM=<GoogleTest program> -DFILE=<file to write> -DTIMEOUT=<seconds> -DCOST=<number>
#   [-DEMULATOR=<command that runs PROGRAM>] -P add_test_suites.cmake
# Writes a file for ctest with a test NAME.SUITE for each suite of PROGRAM, because a process for each test
# took longer than the tests themselves. A suite that fails prints the tests that failed.
#
# A suite whose tests all skip themselves is reported as skipped. A suite in which only some tests skip themselves
# fails, because the skipped tests would not be visible. Such tests must be a separate suite.
# add_test_suites_control.cmake tests this.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${EMULATOR} ${PROGRAM} --gtest_list_tests
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} --gtest_list_tests ends with ${status}:\n${errors}")
endif()
# Suites begin their lines, and end with a dot; a comment may follow. Tests are indented.
string(REGEX REPLACE "[][;]" "_" output "${output}")
string(REGEX MATCHALL "(^|\n)[A-Za-z_][A-Za-z0-9_/]*[.]" suites "${output}")
if(NOT suites)
  message(FATAL_ERROR "${PROGRAM} lists no tests:\n${output}")
endif()

# The text that GoogleTest prints at the end if tests were skipped.
set(skipped "[[]  SKIPPED []] [0-9]+ tests?, listed below:\n")
set(all_skipped "[[]  PASSED  []] 0 tests[.]\n${skipped}([[]  SKIPPED []] [^\n]*\n)*$")
set(words ${EMULATOR} ${PROGRAM})
list(JOIN words "]==] [==[" command)
set(tests "")
foreach(suite IN LISTS suites)
  string(REGEX REPLACE "[\n.]" "" suite "${suite}")
  string(APPEND tests
    "add_test([==[${NAME}.${suite}]==] [==[${command}]==] [==[--gtest_filter=${suite}.*]==])\n"
    "set_tests_properties([==[${NAME}.${suite}]==] PROPERTIES TIMEOUT ${TIMEOUT} COST ${COST}\n"
    "  SKIP_REGULAR_EXPRESSION [==[${all_skipped}]==]\n"
    "  FAIL_REGULAR_EXPRESSION [==[${skipped}]==])\n")
endforeach()
file(WRITE ${FILE} "${tests}")
