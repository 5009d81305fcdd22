# The library as kernels compile it: one table of compilers, machines and flags. Each build compiles
# freestanding_check.cc and emitted_code.cc without a header of a libc, and has tests of the objects:
#
#   axptr_freestanding_<build>_<variant> needs only the allowed symbols (check_symbols.cmake)
#   axptr_no_libc_<build>                control: a header that needs a libc does not compile with these flags
#   axptr_emitted_code_<build>_O2, _O3   the order of flag and access, of access and progress
#                                        (check_emitted_code.py)
#   axptr_emitted_code_<build>_control   without barriers, with progress before the access, and where
#                                        the compiler may take address 0 for impossible, the check fails
#
# and axptr_code_size: each function of the library over user memory has a row in the table of code sizes
# on x86-64 (code_size.py), and in the table of README.md. `ninja axptr_code_size` prints the table.
#
# If the tools of a build are missing, a warning names it, and its tests exist but are disabled. These builds
# do not depend on the flags of the build that includes this file: only plain builds include it.

find_program(AXPTR_PYTHON3 python3)

include(${CMAKE_CURRENT_LIST_DIR}/kernel_flags.cmake)

set(axptr_testing ${CMAKE_CURRENT_LIST_DIR})
set(axptr_kernel_objects "")

# --- The headers without barriers.

set(axptr_without_barriers ${CMAKE_CURRENT_BINARY_DIR}/without_barriers)
add_custom_command(
  OUTPUT ${axptr_without_barriers}/done
  COMMAND ${CMAKE_COMMAND} -DFOLDER=${CMAKE_CURRENT_SOURCE_DIR} -DINTO=${axptr_without_barriers}
    -P ${axptr_testing}/remove_barriers.cmake
  DEPENDS ${axptr_headers} ${axptr_testing}/remove_barriers.cmake
  COMMENT "Copying the library without its compiler barriers"
  VERBATIM)

# --- The library as one header: each of its headers is a line that includes that one.

set(axptr_single ${CMAKE_CURRENT_BINARY_DIR}/single)
set(axptr_single_script ${PROJECT_SOURCE_DIR}/package/single_header.py)
foreach(header IN LISTS axptr_headers)
  get_filename_component(name ${header} NAME)
  file(CONFIGURE OUTPUT ${axptr_single}/axptr/${name} CONTENT "#include \"axptr_single.h\"\n")
endforeach()
if(AXPTR_PYTHON3)
  add_custom_command(
    OUTPUT ${axptr_single}/axptr_single.h
    COMMAND ${AXPTR_PYTHON3} ${axptr_single_script} > ${axptr_single}/axptr_single.h
    DEPENDS ${axptr_headers} ${axptr_single_script} ${PROJECT_SOURCE_DIR}/package/version.sh
    COMMENT "Generating the single header"
    VERBATIM)
  set(axptr_kernel_objects ${axptr_single}/axptr_single.h)
  add_test(NAME axptr_single_header_includes_what_readme_lists
    COMMAND ${PROJECT_SOURCE_DIR}/package/check_single_header.sh ${axptr_single}/axptr_single.h)
endif()

# --- One build.

# axptr_kernel_object(OBJECT SOURCE COMPILER FLAG...)
function(axptr_kernel_object object source)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${ARGN} -c ${source} -o ${object}
    DEPENDS ${source} ${axptr_headers} ${axptr_testing}/example_kernel.h
      ${axptr_testing}/example_page_tables.h ${axptr_testing}/task_platform.h
    COMMENT "Compiling ${object}"
    VERBATIM)
  set(axptr_kernel_objects ${axptr_kernel_objects} ${object} PARENT_SCOPE)
endfunction()

# The tests of a build whose tools are missing: disabled.
function(axptr_missing_kernel_build what)
  list(JOIN ARGN ", " tests)
  message(WARNING "Skipped, because these are missing: ${what}: ${tests}")
  foreach(test IN LISTS ARGN)
    add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -E false)
    set_tests_properties(${test} PROPERTIES DISABLED TRUE)
  endforeach()
endfunction()

# axptr_kernel_build(NAME MACHINE machine COMPILER program [FLAG...] TOOLS prefix NEEDS package
#                    [ALSO variant...] BROKEN function...)
#   COMPILER: a program's name, and flags that this compiler alone needs
#   TOOLS: the prefix of nm, readelf and objdump
#   ALSO: variants of freestanding_check.cc besides `default`: `assertions` (-D_GLIBCXX_ASSERTIONS, which
#     requires one more symbol), `task` (the hooks of task_platform.h, which are for x86-64), `single` (the
#     library as one header), `single_task` (that with those hooks)
#   BROKEN: the functions of emitted_code.cc whose code is wrong in the control
function(axptr_kernel_build name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MACHINE;TOOLS;NEEDS" "COMPILER;ALSO;BROKEN")
  set(variants default ${arg_ALSO})
  set(freestanding axptr_no_libc_${name})
  foreach(variant IN LISTS variants)
    list(APPEND freestanding axptr_freestanding_${name}_${variant})
  endforeach()
  set(emitted axptr_emitted_code_${name}_O2 axptr_emitted_code_${name}_O3
    axptr_emitted_code_${name}_control)

  list(POP_FRONT arg_COMPILER program)
  find_program(AXPTR_COMPILER_${program} ${program})
  foreach(tool IN ITEMS nm readelf objdump)
    find_program(AXPTR_TOOL_${arg_TOOLS}${tool} ${arg_TOOLS}${tool})
    set(${tool} ${AXPTR_TOOL_${arg_TOOLS}${tool}})
  endforeach()
  set(without_libc "")
  set(compiler ${AXPTR_COMPILER_${program}} ${arg_COMPILER})
  if(AXPTR_COMPILER_${program})
    axptr_flags_without_libc(without_libc ${compiler})
  endif()
  if(NOT without_libc OR NOT nm OR NOT readelf OR NOT objdump)
    axptr_missing_kernel_build("${arg_NEEDS}" ${freestanding} ${emitted})
    return()
  endif()
  set(flags ${axptr_kernel_flags} ${axptr_flags_${arg_MACHINE}} ${without_libc}
    -I${PROJECT_SOURCE_DIR})
  set(compile ${compiler} ${flags})

  set(source ${CMAKE_CURRENT_SOURCE_DIR}/freestanding_check.cc)
  foreach(variant IN LISTS variants)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/freestanding_check_${name}_${variant}.o)
    set(allowed axptr_platform_attempt)
    set(hooks default)
    set(define "")
    if(variant STREQUAL assertions)
      set(define -D_GLIBCXX_ASSERTIONS)
      set(allowed _ZSt21__glibcxx_assert_failPKciS0_S0_,axptr_platform_attempt)
    endif()
    if(variant MATCHES "task")
      set(hooks task)
      set(define "-DAXPTR_PLATFORM_HEADER=\"axptr/testing/task_platform.h\"")
    endif()
    set(single "")
    if(variant MATCHES "single")
      if(NOT AXPTR_PYTHON3)
        axptr_missing_kernel_build(python3 axptr_freestanding_${name}_${variant})
        continue()
      endif()
      set(single -I${axptr_single})
    endif()
    axptr_kernel_object(${object} ${source} ${compiler} ${single} ${flags} -O2 ${define} ${axptr_warning_flags})
    if(single)
      add_custom_command(OUTPUT ${object} DEPENDS ${axptr_single}/axptr_single.h APPEND)
    endif()
    add_test(NAME axptr_freestanding_${name}_${variant}
      COMMAND ${CMAKE_COMMAND} -DNM=${nm} -DREADELF=${readelf} -DOBJDUMP=${objdump}
        -DOBJECT=${object} -DALLOWED=${allowed} -DHOOKS=${hooks}
        -P ${axptr_testing}/check_symbols.cmake)
  endforeach()
  add_test(NAME axptr_no_libc_${name}
    COMMAND ${CMAKE_COMMAND} "-DCOMMAND=${compile};-fsyntax-only;${axptr_testing}/needs_libc.cc"
      -DSTATUS=1 "-DOUTPUT=error: .?wchar[.]h" -P ${axptr_testing}/check_run.cmake)

  if(NOT AXPTR_PYTHON3)
    axptr_missing_kernel_build(python3 ${emitted})
    set(axptr_kernel_objects ${axptr_kernel_objects} PARENT_SCOPE)
    return()
  endif()
  set(source ${axptr_testing}/emitted_code.cc)
  set(check ${AXPTR_PYTHON3} ${axptr_testing}/check_emitted_code.py --objdump ${objdump}
    --machine ${arg_MACHINE})
  foreach(level IN ITEMS O2 O3)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/emitted_code_${name}_${level}.o)
    axptr_kernel_object(${object} ${source} ${compile} -${level} ${axptr_warning_flags})
    add_test(NAME axptr_emitted_code_${name}_${level} COMMAND ${check} ${object})
  endforeach()
  set(object ${CMAKE_CURRENT_BINARY_DIR}/emitted_code_${name}_control.o)
  axptr_kernel_object(${object} ${source} ${compiler} -I${axptr_without_barriers} ${flags}
    -fdelete-null-pointer-checks -O2 -w)
  add_custom_command(OUTPUT ${object} DEPENDS ${axptr_without_barriers}/done APPEND)
  list(TRANSFORM arg_BROKEN PREPEND "--broken=")
  add_test(NAME axptr_emitted_code_${name}_control COMMAND ${check} ${arg_BROKEN} ${object})
  set(axptr_kernel_objects ${axptr_kernel_objects} PARENT_SCOPE)
endfunction()

# --- The table.

set(broken flag_around_a_store flag_around_a_load flag_around_nested_stores flag_not_around_neighbours
  flag_clear_around_a_store null_check_of_a_reference load_at_address_zero
  progress_after_a_load progress_after_a_store progress_after_a_zero progress_after_a_character)
axptr_kernel_build(gcc_x86_64 MACHINE x86_64 COMPILER g++ TOOLS "" NEEDS g++
  ALSO assertions task single single_task BROKEN ${broken})
axptr_kernel_build(clang_x86_64 MACHINE x86_64 COMPILER clang++-19 TOOLS "" NEEDS clang-19
  ALSO task single BROKEN ${broken})
# g++ 12 has no -mtp=el1: it uses the thread register of user mode, so a kernel has to store the flag
# in another place.
axptr_kernel_build(gcc_aarch64 MACHINE aarch64 COMPILER aarch64-linux-gnu-g++
  TOOLS aarch64-linux-gnu- NEEDS g++-aarch64-linux-gnu BROKEN ${broken})
axptr_kernel_build(clang_aarch64 MACHINE aarch64
  COMPILER clang++-19 --target=aarch64-linux-gnu -mtp=el1
  TOOLS aarch64-linux-gnu- NEEDS "clang-19, g++-aarch64-linux-gnu" BROKEN ${broken})
axptr_kernel_build(gcc_riscv64 MACHINE riscv64 COMPILER riscv64-linux-gnu-g++
  TOOLS riscv64-linux-gnu- NEEDS g++-riscv64-linux-gnu BROKEN ${broken})
axptr_kernel_build(clang_riscv64 MACHINE riscv64 COMPILER clang++-19 --target=riscv64-linux-gnu
  TOOLS riscv64-linux-gnu- NEEDS "clang-19, g++-riscv64-linux-gnu" BROKEN ${broken})

# --- How large the code is.

if(AXPTR_COMPILER_g++ AND AXPTR_COMPILER_clang++-19 AND AXPTR_TOOL_objdump AND AXPTR_PYTHON3)
  set(columns "")
  set(objects "")
  foreach(program IN ITEMS g++ clang++-19)
    foreach(level IN ITEMS O2 Os)
      set(object ${CMAKE_CURRENT_BINARY_DIR}/code_size_${program}_${level}.o)
      axptr_kernel_object(${object} ${axptr_testing}/code_size.cc ${AXPTR_COMPILER_${program}}
        ${axptr_kernel_flags} ${axptr_flags_x86_64} -I${PROJECT_SOURCE_DIR} -ffunction-sections -${level}
        ${axptr_warning_flags})
      list(APPEND columns "${program} -${level}=${object}")
      list(APPEND objects ${object})
    endforeach()
  endforeach()
  set(code_size ${AXPTR_PYTHON3} ${axptr_testing}/code_size.py --objdump ${AXPTR_TOOL_objdump}
    --headers ${CMAKE_CURRENT_SOURCE_DIR})
  add_test(NAME axptr_code_size
    COMMAND ${code_size} --shown ${CMAKE_CURRENT_SOURCE_DIR}/README.md ${columns})
  add_custom_target(axptr_code_size COMMAND ${code_size} ${columns} DEPENDS ${objects} VERBATIM)
else()
  axptr_missing_kernel_build("g++, clang-19, python3" axptr_code_size)
endif()

add_custom_target(axptr_kernel_builds ALL DEPENDS ${axptr_kernel_objects})
