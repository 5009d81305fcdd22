# Checks the contents of an image: cmake -DNM=nm -DOBJDUMP=objdump -DREADELF=readelf -DIMAGE=file
# "-DWITHOUT_VECTORS=object;..." "-DCALLS_HOOKS=object;..." -P check_image.cmake. No symbol is missing; the loader finds
# the entry; only the subject `vectors` uses vector registers; subjects that call hooks of the platform open user
# access only by these hooks. check_open_code.py checks the code that runs with user access open.
execute_process(COMMAND ${NM} --undefined-only ${IMAGE} OUTPUT_VARIABLE missing COMMAND_ERROR_IS_FATAL ANY)
if(missing)
  message(FATAL_ERROR "the image has undefined symbols:\n${missing}")
endif()
execute_process(COMMAND ${READELF} -nlW ${IMAGE} OUTPUT_VARIABLE notes COMMAND_ERROR_IS_FATAL ANY)
if(NOT notes MATCHES "Xen +0x00000004" OR NOT notes MATCHES "TLS")
  message(FATAL_ERROR "no PVH note, or no thread-local storage:\n${notes}")
endif()
foreach(object IN LISTS WITHOUT_VECTORS)
  execute_process(COMMAND ${OBJDUMP} -d --no-show-raw-insn ${object} OUTPUT_VARIABLE code COMMAND_ERROR_IS_FATAL ANY)
  if(code MATCHES "%[xyz]mm[0-9]")
    message(FATAL_ERROR "${object} has vector registers")
  endif()
endforeach()
foreach(object IN LISTS CALLS_HOOKS)
  execute_process(COMMAND ${OBJDUMP} -d --no-show-raw-insn ${object} OUTPUT_VARIABLE code COMMAND_ERROR_IS_FATAL ANY)
  if(code MATCHES "\tstac")
    message(FATAL_ERROR "${object} opens user memory by itself")
  endif()
endforeach()
