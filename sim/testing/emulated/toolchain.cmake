# Compiles for another processor with Debian's cross compiler, and runs the programs under qemu-user:
#
#   cmake -G Ninja -B build/emulated-axsim --toolchain sim/testing/emulated/toolchain.cmake -DPACKAGES=FOLDER
#
# fetch_packages.sh makes FOLDER.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PACKAGES)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
# With DT_RPATH the path of a program's libraries also applies to the libraries of these libraries.
set(CMAKE_EXE_LINKER_FLAGS_INIT -Wl,--disable-new-dtags)
# The libraries and headers of this computer are for its own processor, so they are not searched.
set(CMAKE_FIND_ROOT_PATH ${PACKAGES} /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
find_program(EMULATOR NAMES qemu-aarch64 qemu-aarch64-static REQUIRED)
set(CMAKE_CROSSCOMPILING_EMULATOR ${EMULATOR} -L /usr/aarch64-linux-gnu)
