# cmake -DCOMPILER=<g++ or clang++> -DWORK=<folder to write to> -P check_rejected_control.cmake
# Fails unless check_rejected.cmake accepts a file whose case is rejected with the stated message, and refuses
# all other files and compilers below.
cmake_minimum_required(VERSION 3.25)

set(sound "#ifdef AXPTR_REJECTED_Sound\n// must say: the sentence\nstatic_assert(false, \"the sentence\")@\n#endif\n")
file(MAKE_DIRECTORY ${WORK})
set(mistakes "")

# control(NAME COMPILER TEXT EXPECTED): a file with TEXT ("@" stands for ";") is refused with EXPECTED, or
# accepted if EXPECTED is empty.
function(control name compiler text expected)
  string(REPLACE "@" ";" text "${text}")
  set(file ${WORK}/${name}.cc)
  file(WRITE ${file} "${text}")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -DCOMPILER=${compiler} -DFOLDER=${WORK} -DFILE=${file}
      -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/check_rejected.cmake
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[ \n]+" " " output "${output}")  # messages are broken into lines
  if(expected STREQUAL "")
    if(NOT status EQUAL 0)
      string(APPEND mistakes "${name} is refused: ${output}\n")
    endif()
  elseif(status EQUAL 0)
    string(APPEND mistakes "${name} is accepted: ${output}\n")
  elseif(NOT output MATCHES "${expected}")
    string(APPEND mistakes "${name} is refused, but without '${expected}': ${output}\n")
  endif()
  set(mistakes "${mistakes}" PARENT_SCOPE)
endfunction()

# fake(NAME STATUS): a compiler that accepts a file without a case, and for a case prints the right message
# and then ends with STATUS, which may be a signal.
function(fake name ending)
  file(WRITE ${WORK}/${name}
    "#!/bin/sh\ncase \"$*\" in *-DAXPTR_*) echo 'x.cc:1:1: error: the sentence'; ${ending} ;; esac\n")
  file(CHMOD ${WORK}/${name} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endfunction()
fake(rejects "exit 1")
fake(accepts "exit 0")
fake(breaks "exit 4")
fake(crashes "kill -SEGV $$")

control(sound "${COMPILER}" "${sound}" "")
control(sound_by_fake ${WORK}/rejects "${sound}" "")
control(prints_and_accepts ${WORK}/accepts "${sound}" "Sound: it compiles")
control(prints_and_breaks ${WORK}/breaks "${sound}" "Sound: the compiler ends with status 4, not 1")
control(prints_and_crashes ${WORK}/crashes "${sound}" "Sound: the compiler ends with status Seg")
control(no_compiler ${WORK}/nothing "${sound}" "does not compile without any case")
control(broken_file "${COMPILER}" "${sound}int i = no_name@" "does not compile without any case")
control(compiles "${COMPILER}" "${sound}#ifdef AXPTR_REJECTED_Fine\n// must say: x\nint i@\n#endif\n"
  "Fine: it compiles")
control(other_sentence "${COMPILER}"
  "#ifdef AXPTR_REJECTED_Other\n// must say: sentence A\nstatic_assert(false, \"sentence B\")@\n#endif\n"
  "Other: no error says 'sentence A' unexpected: .*sentence B")
control(one_sentence_of_two "${COMPILER}"
  "#ifdef AXPTR_REJECTED_Half\n// must say: A1 && A2\nstatic_assert(false, \"A1\")@\n#endif\n"
  "Half: no error says 'A2'")
control(one_error_more "${COMPILER}"
  "#ifdef AXPTR_REJECTED_More\n// must say: A1\nstatic_assert(false, \"A1\")@\nint i = no_name@\n#endif\n"
  "More: unexpected: .*no_name")
control(error_more_that_may_be "${COMPILER}"
  "#ifdef AXPTR_REJECTED_More\n// must say: A1\n// may add: no_name\nstatic_assert(false, \"A1\")@\nint i = no_name@\n#endif\n"
  "")
control(says_nothing "${COMPILER}" "${sound}#ifdef AXPTR_REJECTED_Silent\nint@\n#endif\n"
  "has 1 cases with the text of the error, but 2 names")
control(same_name "${COMPILER}" "${sound}${sound}"
  "has 2 cases with the text of the error, but 2 names, 1 of them different")
control(no_case "${COMPILER}" "int i@\n" "has 0 cases")

if(mistakes)
  message(FATAL_ERROR "${mistakes}")
endif()
