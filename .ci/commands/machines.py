"""The commands for emulated machines: ./run emulated and ./run ring0."""

import argparse
import os
import shutil
import subprocess

import packages
import programs
from programs import say, seconds

MACHINES = ("aarch64", "riscv64")
IMAGES = "build/ring0/sim/ring0"


# ---- ./run emulated ----

def machine(text):
    """One of MACHINES."""
    if text not in MACHINES:
        raise argparse.ArgumentTypeError(f"no machine {text}; expected {', '.join(MACHINES)}")
    return text


def _built_and_tested(folder, configure, stderr, targets, tests):
    log = f"{folder}.log"
    return (programs.configured(log, "cmake", "-G", "Ninja", *configure, stderr=stderr) and
            programs.status_of("cmake", "--build", folder, "--parallel", programs.JOBS, *targets) == 0 and
            programs.status_of("ctest", "--test-dir", folder, "--output-on-failure", "--no-tests=error", *tests) == 0)


def _units_pass(name):
    """The library's unit tests on the machine."""
    folder = f"build/emulated-{name}"
    say(f"The unit tests on {name} ({folder})")
    return _built_and_tested(folder, ["-S", "axptr/testing/emulated", "-B", folder, f"-DMACHINE={name}"], None, [], [])


def _axsim_passes():
    """The corpus, and some functions by axsim conform, on aarch64. build/arm64 is there."""
    folder = "build/emulated-axsim"
    say(f"axsim on aarch64 ({folder})")
    return _built_and_tested(
        folder, ["-B", folder, "--toolchain", "sim/testing/emulated/toolchain.cmake",
                 f"-DPACKAGES={programs.ROOT}/build/arm64/root", "-DCMAKE_BUILD_TYPE=None", "-DCMAKE_CXX_FLAGS=-O1"],
        subprocess.STDOUT, ["--target", "axsim", "processor_test", "user_touch_test"],
        ["--tests-regex", "^corpus[.].*stated|^(processor|user_touch)_test|^conform[.]finds_nothing"])


def _libraries_are_there():
    """Debian's libraries for arm64, which axsim needs."""
    may_fetch = os.environ.get("AXPTR_NO_INSTALL") != "1"
    return ((may_fetch or os.path.exists("build/arm64/complete")) and
            programs.status_of("sim/testing/emulated/fetch_packages.sh", "build/arm64") == 0)


def _emulate(name, failed, not_run):
    """Adds what failed and what was not run on the machine to the lists."""
    if not shutil.which(f"{name}-linux-gnu-g++") or not shutil.which(f"qemu-{name}"):
        not_run.append(f"all tests on {name}, for want of {' '.join(packages.EMULATION)}")
        return
    if not os.path.isdir("/usr/src/googletest"):
        not_run.append(f"the unit tests on {name}, for want of googletest")
    elif not _units_pass(name):
        failed.append(f"the unit tests on {name}")
    # axsim is not ported to other processors.
    if name != "aarch64":
        return
    if not _libraries_are_there():
        not_run.append("axsim on aarch64, for want of Debian's libraries for arm64 (sim/testing/emulated/)")
    elif not _axsim_passes():
        failed.append("axsim on aarch64")


def emulated(given):
    """What lacks a tool or a library is not run, and build/emulated-not-run names it."""
    failed, not_run = [], []
    os.makedirs("build", exist_ok=True)
    programs.remove("build/emulated-not-run")
    for name in given.machines or MACHINES:
        _emulate(name, failed, not_run)
    say(f"Emulated ({seconds()} s)")
    if not_run:
        programs.say_not_run("build/emulated-not-run", *not_run)
    for part in failed:
        print(f"failed: {part}")
    return 1 if failed else 0


# ---- ./run ring0 ----

def ring0(arguments):
    """axsim is built by clang, whose simulation races at loads, too. Status 3 of it: nothing is wrong, but scenarios
    were not run, which its table counts."""
    first = arguments[0] if arguments else ""
    if first == "--mutants":
        say("Building the images (build/release)")
        programs.must_build("release", "axsim", "ring0_images")
        programs.become("fuzz/image_mutants.py", *arguments[1:])
    say("Building the images (build/ring0)")
    programs.must_build("ring0", "axsim", "ring0_images")
    programs.go_to(programs.CALLER)  # file names are the caller's
    axsim = f"{programs.ROOT}/build/ring0/bin/axsim"
    scenarios = arguments or [f"{programs.ROOT}/corpus"]
    image = {name: f"{programs.ROOT}/{IMAGES}/{name}/ring0.elf" for name in ("gcc", "clang", "traced")}
    failed = []

    def run(*options):
        if programs.status_of(axsim, "ring0", *options, *scenarios) not in (0, 3):
            failed.append(" ".join(options))

    if first.startswith("--random="):
        for subject in ("words", "vectors"):
            say(f"Ring 0: {subject}, by g++; then by clang, with reports of loads and a second processor")
            run(f"--subject={subject}", f"--image={image['gcc']}")
            run(f"--subject={subject}", f"--image={image['traced']}", "--cpus=2")
    else:
        run("--image=" + ",".join(image.values()), "--subject=words,vectors", "--cpus=1,2")
    if failed:
        say(f"Failed: {' '.join(failed)}")
        return 1
    return 0
