# To compile for another processor than this computer's, with Debian's cross compiler, and to run what comes
# of it under qemu-user:
#
#   cmake -G Ninja -B build/emulated-axsim --toolchain sim/testing/emulated/toolchain.cmake -DPACKAGES=FOLDER
#
# FOLDER is what fetch_packages.sh has made.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PACKAGES)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
# Where a program finds its libraries holds for the libraries of those, too.
set(CMAKE_EXE_LINKER_FLAGS_INIT -Wl,--disable-new-dtags)
# Libraries and headers of this computer are for its own processor.
set(CMAKE_FIND_ROOT_PATH ${PACKAGES} /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
find_program(EMULATOR NAMES qemu-aarch64 qemu-aarch64-static REQUIRED)
set(CMAKE_CROSSCOMPILING_EMULATOR ${EMULATOR} -L /usr/aarch64-linux-gnu)
