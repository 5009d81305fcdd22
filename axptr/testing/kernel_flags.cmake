# The flags with which a kernel compiles the library (axptr/README.md), by machine, and how a compiler finds
# its headers without those of a libc. For kernel_builds.cmake, and for images of kernels.

set(axptr_kernel_flags
  -std=c++23 -ffreestanding -fno-exceptions -fno-rtti -fno-stack-protector -fno-pic
  -fno-threadsafe-statics -fno-delete-null-pointer-checks)
set(axptr_warning_flags -Wall -Wextra -Wshadow -Werror)
set(axptr_flags_x86_64 -mno-sse -mno-red-zone -mcmodel=kernel)
set(axptr_flags_aarch64 -mgeneral-regs-only -mno-outline-atomics)
set(axptr_flags_riscv64 -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany)

# Sets `result` to flags by which `compiler...` finds its own headers and those of libstdc++, and
# no_libc/ instead of a libc's; to nothing if it has no libstdc++ for its target.
function(axptr_flags_without_libc result)
  execute_process(COMMAND ${ARGN} -std=c++23 -E -v -x c++ /dev/null
    OUTPUT_QUIET ERROR_VARIABLE said RESULT_VARIABLE status)
  set(flags -nostdinc)
  set(has_libstdcxx FALSE)
  string(REPLACE "\n" ";" lines "${said}")
  foreach(line IN LISTS lines)
    string(STRIP "${line}" folder)
    if(NOT IS_ABSOLUTE "${folder}" OR NOT IS_DIRECTORY "${folder}" OR NOT line MATCHES "^ /")
      continue()
    endif()
    if(EXISTS ${folder}/cstddef OR EXISTS ${folder}/bits/c++config.h OR EXISTS ${folder}/stddef.h)
      list(APPEND flags -isystem ${folder})
    endif()
    if(EXISTS ${folder}/bits/c++config.h)
      set(has_libstdcxx TRUE)
    endif()
  endforeach()
  if(status EQUAL 0 AND has_libstdcxx)
    set(${result} ${flags} -isystem ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/no_libc PARENT_SCOPE)
  else()
    set(${result} "" PARENT_SCOPE)
  endif()
endfunction()
