# cmake -DNM=... -DREADELF=... -DOBJECT=... -DALLOWED=<symbol>[,<symbol>]... -P check_symbols.cmake
# Fails unless the object needs exactly the symbols that it may: the platform's, and those that a flag asks
# for. In the order of their names.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${NM} --undefined-only --format=posix ${OBJECT}
  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${READELF} --relocs --wide ${OBJECT}
  OUTPUT_VARIABLE relocations COMMAND_ERROR_IS_FATAL ANY)

# GNU as names this one as soon as it sees thread-local storage, also when nothing refers to it.
if(NOT relocations MATCHES "GOT")
  string(REGEX REPLACE "_GLOBAL_OFFSET_TABLE_ [^\n]*\n" "" symbols "${symbols}")
endif()
string(REGEX REPLACE " [^\n]*" "" symbols "${symbols}")
string(STRIP "${symbols}" symbols)
string(REPLACE "\n" "," symbols "${symbols}")
if(NOT symbols STREQUAL "${ALLOWED}")
  message(FATAL_ERROR "${OBJECT} may need ${ALLOWED}, but needs ${symbols}")
endif()
