# cmake -DFOLDER=<the library's folder> -DINTO=<a folder> -P remove_barriers.cmake
# Copies the headers to INTO/axptr/ without their compiler barriers: for the control of the tests that
# see what the barriers do. Fails if there are none.
cmake_minimum_required(VERSION 3.25)

set(barrier "asm volatile(\"\" ::: \"memory\");")
set(removed FALSE)
file(GLOB headers ${FOLDER}/*.h)
foreach(header IN LISTS headers)
  file(READ ${header} text)
  string(FIND "${text}" "${barrier}" found)
  if(NOT found EQUAL -1)
    set(removed TRUE)
  endif()
  string(REPLACE "${barrier}" "" text "${text}")
  cmake_path(GET header FILENAME name)
  file(WRITE ${INTO}/axptr/${name} "${text}")
endforeach()
if(NOT removed)
  message(FATAL_ERROR "No header of ${FOLDER} has the barrier: ${barrier}")
endif()
file(TOUCH ${INTO}/done)
