# Runs that check_run.cmake must refuse, and runs that it must accept: cmake -P check_run_control.cmake.
set(folder ${CMAKE_CURRENT_LIST_DIR})

function(expect wanted script)
  execute_process(
    COMMAND ${CMAKE_COMMAND} "-DCOMMAND=sh;-c;${script}" -DSTATUS=1 "-DOUTPUT=found;the end"
      -P ${folder}/check_run.cmake
    RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  if(status EQUAL 0)
    set(got accepted)
  else()
    set(got refused)
  endif()
  if(NOT got STREQUAL wanted)
    message(SEND_ERROR "${got}: ${script}")
  endif()
endfunction()

expect(accepted "echo found && echo the end && exit 1")
expect(accepted "echo found >&2 && echo the end && exit 1")
expect(refused "echo found && echo the end")
expect(refused "echo found && echo the end && exit 2")
expect(refused "echo found && echo the end && kill -SEGV $$")
expect(refused "echo found && echo the end && kill -ABRT $$")
expect(refused "echo found && exit 1")
expect(refused "echo the end && exit 1")
expect(refused "exit 1")
