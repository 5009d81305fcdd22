# cmake -DWORK=<folder to write to> -P add_test_suites_control.cmake
# Fails unless ctest, with a file of add_test_suites.cmake, reports each suite of a program correctly.
cmake_minimum_required(VERSION 3.25)

get_filename_component(beside_cmake ${CMAKE_COMMAND} DIRECTORY)
find_program(CTEST ctest HINTS ${beside_cmake} REQUIRED)
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})

# A program that prints the same as a GoogleTest program.
set(all "[==========] 2 tests from 1 test suite ran. (0 ms total)")
set(skips "[  SKIPPED ] 1 test, listed below:\n[  SKIPPED ] S.T")
set(fails "[  FAILED  ] 1 test, listed below:\n[  FAILED  ] S.U\n\n 1 FAILED TEST")
file(WRITE ${WORK}/program "#!/bin/sh
case \"$1\" in
  --gtest_list_tests) printf 'Running main() from ./googletest/src/gtest_main.cc\\nPasses.\\n  T\\n\
  U # comment.\\nTyped/Skips/0.  # TypeParam = int\\n  T\\nMixed.\\n  T\\n  U\\nSkipsAndFails.\\n  T\\nFails.\\n  T\\n\
Crashes.\\n  T\\n' ;;
  --gtest_filter=Passes.*) printf '%s\\n' '${all}' '[  PASSED  ] 2 tests.' ;;
  '--gtest_filter=Typed/Skips/0.*') printf '%s\\n' '${all}' '[  PASSED  ] 0 tests.' '${skips}' ;;
  --gtest_filter=Mixed.*) printf '%s\\n' '${all}' '[  PASSED  ] 1 test.' '${skips}' ;;
  --gtest_filter=SkipsAndFails.*) printf '%s\\n' '${all}' '[  PASSED  ] 0 tests.' '${skips}' '${fails}'; exit 1 ;;
  --gtest_filter=Fails.*) printf '%s\\n' '${all}' '[  PASSED  ] 1 test.' '${fails}'; exit 1 ;;
  --gtest_filter=Crashes.*) kill -SEGV $$ ;;
esac
")
file(CHMOD ${WORK}/program PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
file(WRITE ${WORK}/empty "#!/bin/sh\n")
file(CHMOD ${WORK}/empty PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)

set(script ${CMAKE_CURRENT_LIST_DIR}/add_test_suites.cmake)
foreach(program IN ITEMS program empty)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -DNAME=n -DPROGRAM=${WORK}/${program} -DFILE=${WORK}/${program}.cmake -DTIMEOUT=60
      -DCOST=0 -P ${script}
    RESULT_VARIABLE status_of_${program} OUTPUT_QUIET ERROR_VARIABLE errors_of_${program})
endforeach()
if(NOT status_of_program EQUAL 0)
  message(FATAL_ERROR "the tests of a program are not listed: ${errors_of_program}")
endif()
if(status_of_empty EQUAL 0 OR NOT errors_of_empty MATCHES "lists no tests")
  message(FATAL_ERROR "a program without tests is accepted: ${errors_of_empty}")
endif()

file(WRITE ${WORK}/CTestTestfile.cmake "include([==[${WORK}/program.cmake]==])\n")
execute_process(COMMAND ${CTEST} --test-dir ${WORK} OUTPUT_VARIABLE output ERROR_VARIABLE output)
set(mistakes "")
function(expect suite result)
  if(NOT output MATCHES "Test +#[0-9]+: n[.]${suite} [.* ]*${result}[: ]")
    string(APPEND mistakes "not reported as ${result}: n.${suite}\n")
  endif()
  set(mistakes "${mistakes}" PARENT_SCOPE)
endfunction()
expect(Passes Passed)
expect(Typed/Skips/0 Skipped)
expect(Mixed Failed)
expect(SkipsAndFails Failed)
expect(Fails Failed)
expect(Crashes Exception)
if(mistakes OR NOT output MATCHES "tests failed out of 6\n")
  message(FATAL_ERROR "${mistakes}${output}")
endif()
