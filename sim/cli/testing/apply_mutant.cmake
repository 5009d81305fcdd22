# Copies what a mutant changes, and applies it: cmake -DROOT=... -DTO=folder -DPATCH=file
# -DFILE=path of the file that the patch changes -P apply_mutant.cmake. A changed header of the library
# comes with all the others, so that they include each other.
file(REMOVE_RECURSE ${TO})
get_filename_component(folder ${FILE} DIRECTORY)
if(folder STREQUAL "axptr")
  file(GLOB sources ${ROOT}/axptr/*.h)
else()
  set(sources ${ROOT}/${FILE})
endif()
file(COPY ${sources} DESTINATION ${TO}/${folder})
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env GIT_CEILING_DIRECTORIES=${TO}/.. git apply ${PATCH}
  WORKING_DIRECTORY ${TO} COMMAND_ERROR_IS_FATAL ANY)
