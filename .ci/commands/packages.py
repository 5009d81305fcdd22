"""The Debian packages that commands need: which are missing, and their installation."""

import os
import shutil
import subprocess

import programs

BUILD = ("g++", "binutils", "cmake", "ninja-build", "clang-19", "libclang-rt-19-dev", "llvm-19", "libabsl-dev",
         "libgtest-dev", "libgmock-dev", "libbenchmark-dev", "nlohmann-json3-dev", "ccache", "git", "python3")
# For tests of what kernels compile (axptr/testing/kernel_builds.cmake) and of what other projects use
# (package/): without them those are skipped.
CROSS_COMPILERS = ("g++-aarch64-linux-gnu", "g++-riscv64-linux-gnu")
# The same, and for the subject in Rust (sim/subject/original/).
TESTS = (*CROSS_COMPILERS, "rustc", "pkg-config", "meson")
# For the library's unit tests on other processors (axptr/testing/emulated).
EMULATION = (*CROSS_COMPILERS, "qemu-user", "googletest")
# For scenarios in ring 0 of an emulated machine (sim/ring0): 117 MB.
RING0 = ("qemu-system-x86",)
# For ./run fuzz --engine=afl, and the checks of it.
AFL = ("afl++",)
LINT = ("clang-format-19", "clang-tidy-22")
# Those that Debian 12 has; ./run compilers takes what else is on the PATH, too.
COMPILERS = ("g++-11", "g++-12", "clang-13", "clang-14", "clang-15", "clang-16", "clang-19", "clang-22")
# For builds as fuzzing services make them.
SERVICE = ("libc++-19-dev", "libc++abi-19-dev")


def _runs(program):
    try:
        return subprocess.run([program, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


# Packages that are not required if a program of another origin is present.
ELSEWHERE = {"rustc": lambda: _runs("rustc"), "npm": lambda: shutil.which("npm")}


def missing_of(*names):
    """Those of the packages that are not installed."""
    names = [name for name in names if not (name in ELSEWHERE and ELSEWHERE[name]())]
    if not shutil.which("dpkg-query"):
        programs.say("No dpkg here: going on with what is installed. On Debian 12 it would be: " + " ".join(names))
        return []
    return [name for name in names if _state(name) != "installed"]


def _state(name):
    return subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status}", name], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False).stdout.rstrip("\n")


def install(*names):
    """Whether the packages could be installed; False, too, if they may not be."""
    as_root = []
    if os.geteuid() != 0:
        as_root = ["sudo"] if os.isatty(0) else ["sudo", "-n"]  # -n: no password can be typed
    if os.environ.get("AXPTR_NO_INSTALL") == "1" or not shutil.which((as_root + ["apt-get"])[0]):
        return False
    programs.say("Installing Debian packages: " + " ".join(names))
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    programs.status_of(*as_root, "apt-get", "update", "-q")  # if that fails, a stale list may do
    return programs.status_of(*as_root, "apt-get", "install", "-q", "-y", "--no-install-recommends", *names) == 0


def need(*names):
    """The packages are installed when it returns; else it ends the command."""
    missing = missing_of(*names) if names else []
    if missing and not install(*missing):
        text = " ".join(missing)
        raise programs.Stop(2, f"\nThese Debian packages are missing:\n  {text}\nInstall them, then try again:\n"
                            f"  sudo apt-get update && sudo apt-get install {text}\n"
                            "(All of them are in Debian 12, bookworm.)")


def want(*names):
    """Installs the packages if it can; else says which tests will be skipped."""
    missing = missing_of(*names) if names else []
    if missing and not install(*missing):
        programs.say(f"Not installed: {' '.join(missing)}. ctest lists the tests that need them as disabled.")
