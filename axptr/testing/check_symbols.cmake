# cmake -DNM=... -DREADELF=... -DOBJDUMP=... -DOBJECT=... -DALLOWED=<symbol>[,<symbol>]... -DHOOKS=...
#   -P check_symbols.cmake
# Fails unless the undefined symbols of the object are exactly ALLOWED, in the order of their names: the platform's
# function, and those that a flag needs. HOOKS are the hooks with which it was compiled: `default`: the flag is
# thread_local, and nothing opens user access; `task`: no access is thread-local, and user access is
# opened and closed.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${NM} --undefined-only --format=posix ${OBJECT}
  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${READELF} --relocs --wide ${OBJECT}
  OUTPUT_VARIABLE relocations COMMAND_ERROR_IS_FATAL ANY)

# GNU as adds this symbol for any thread-local storage, even without a reference to it.
if(NOT relocations MATCHES "GOT")
  string(REGEX REPLACE "_GLOBAL_OFFSET_TABLE_ [^\n]*\n" "" symbols "${symbols}")
endif()
string(REGEX REPLACE " [^\n]*" "" symbols "${symbols}")
string(STRIP "${symbols}" symbols)
string(REPLACE "\n" "," symbols "${symbols}")
if(NOT symbols STREQUAL "${ALLOWED}")
  message(FATAL_ERROR "${OBJECT} may need ${ALLOWED}, but needs ${symbols}")
endif()

if(relocations MATCHES "TPOFF|TPREL|TLS|DTPMOD")
  set(tls default)
else()
  set(tls task)
endif()
if(NOT tls STREQUAL HOOKS)
  message(FATAL_ERROR "${OBJECT}: thread-local accesses as with ${tls} hooks, not ${HOOKS}:\n"
    "${relocations}")
endif()

execute_process(COMMAND ${OBJDUMP} --disassemble --no-show-raw-insn ${OBJECT}
  OUTPUT_VARIABLE code COMMAND_ERROR_IS_FATAL ANY)
foreach(instruction IN ITEMS stac clac)
  if(code MATCHES "\t${instruction}")
    set(hooks task)
  else()
    set(hooks default)
  endif()
  if(NOT hooks STREQUAL HOOKS)
    message(FATAL_ERROR "${OBJECT}: ${instruction} as with ${hooks} hooks, not ${HOOKS}")
  endif()
endforeach()
