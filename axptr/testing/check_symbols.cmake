# cmake -DNM=... -DREADELF=... -DOBJECT=... -P check_symbols.cmake
# Fails if the object needs any symbol but the platform's.
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
if(NOT symbols STREQUAL "axptr_platform_attempt")
  message(FATAL_ERROR "${OBJECT} may need axptr_platform_attempt alone, but needs:\n${symbols}")
endif()
