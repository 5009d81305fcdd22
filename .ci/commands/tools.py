"""The commands that build nothing or something, and then become one program."""

import argparse
import os
import re
import shutil
import subprocess
import sys

import packages
import programs
from programs import say


# ---- Fuzzing ----

def fuzz(arguments):
    preset = "fuzz"
    # What is wrong is said before anything is built.
    engine, status = programs.output_of("fuzz/campaign/options.py", *arguments)
    if status != 0:
        return 2
    if engine.rstrip("\n") == "afl":
        preset = "fuzz-afl"
        packages.need(*packages.AFL)
    say(f"Building the fuzz targets (build/{preset})")
    programs.must_build(preset, "fuzz_targets")
    programs.go_to(programs.CALLER)  # file names are the caller's
    programs.become("python3", f"{programs.ROOT}/fuzz/campaign", f"{programs.ROOT}/build/{preset}", *arguments)


def afl(_):
    """Without AFL++ it is not run, and build/afl-not-run says so."""
    os.makedirs("build", exist_ok=True)
    programs.remove("build/afl-not-run")
    missing = packages.missing_of(*packages.AFL)
    if missing and not packages.install(*missing):
        programs.say_not_run("build/afl-not-run",
                             f"AFL++ on the canary and on a known bug, for want of {' '.join(missing)}")
        return
    programs.must_build("fuzz-afl", "canary_fuzzer", "scenario_fuzzer", "axsim")
    programs.become("fuzz/afl_check.sh", "build/fuzz-afl")


def service_check(arguments):
    if not any(argument.startswith("--out") for argument in arguments):
        if programs.status_of("fuzz/fetch_abseil.sh", "build/service/src") != 0:
            return 2
    programs.become("fuzz/service_check.py", *arguments)


def mutants(arguments):
    programs.become("fuzz/campaign/mutants.py", *arguments)


def generated_mutants(arguments):
    programs.become("fuzz/generated_mutants.py", *arguments)


def corpus(arguments):
    programs.must_build("fuzz", "fuzz_targets")
    programs.become("fuzz/merge_corpus.sh", "build/fuzz", *arguments)


# ---- Other builds ----

def coverage(_):
    say("Building with source coverage (build/coverage)")
    programs.must_build("coverage")
    programs.become("fuzz/coverage.sh", "build/coverage")


def number_of_seconds(text):
    """A whole number from 1 to 99999."""
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text):
        raise argparse.ArgumentTypeError(f"not a number of seconds: {text}")
    return text


def stress(given):
    say("Building with the thread sanitizer (build/tsan)")
    programs.must_build("tsan", "stress_test")
    os.environ["AXPTR_STRESS_SECONDS"] = given.seconds
    programs.become("build/tsan/bin/stress_test")


def compilers(arguments):
    programs.become("axptr/testing/compilers.py", *arguments)


def bench(arguments):
    programs.must_build("bench", "axptr_benchmark", "bench_report")
    programs.go_to(programs.CALLER)  # file names are the caller's
    programs.become(f"{programs.ROOT}/bench/bench.sh", f"{programs.ROOT}/build/bench", *arguments)


# ---- axsim ----

def repro(arguments):
    programs.go_to(programs.CALLER)  # file names are the caller's
    programs.become(f"{programs.ROOT}/sim/cli/repro.sh", *arguments)


def axsim(arguments):
    programs.must_build("release", "axsim", stdout=sys.stderr)  # standard output is axsim's
    programs.go_to(programs.CALLER)  # file names are the caller's
    programs.become(f"{programs.ROOT}/build/release/bin/axsim", *arguments)


def random(arguments):
    """On correct subjects, each by its contract: a finding is a false alarm of the oracle, or a bug of the subject."""
    programs.must_build("release", "axsim", "subject_linux_like", "subject_copying")
    programs.go_to(programs.CALLER)  # findings are written to the caller's folder
    folder = f"{programs.ROOT}/build/release"
    others = ",".join(f"{folder}/sim/subject/{name}.so" for name in ("linux_like", "copying"))
    statuses = [programs.status_of(f"{folder}/bin/axsim", "random", *options, *arguments)
                for options in ((), (f"--subject={others}", "--contract=linux"))]
    return max(statuses)


# ---- The text of the tree ----

def _sources():
    names, status = programs.output_of("git", "ls-files", "--cached", "--others", "--exclude-standard", "--",
                                       "*.h", "*.cc")
    if status != 0:
        raise programs.Stop(2)
    return names.splitlines()


def format_sources(given):
    how = ["-i"] if given.fix else ["--dry-run", "--Werror"]
    programs.must("clang-format-19", *how, *_sources(), stdin=subprocess.DEVNULL)
    say("Formatting: as .clang-format says.")


def tidy(arguments):
    programs.go_to(programs.CALLER)  # file names are the caller's
    programs.become(f"{programs.ROOT}/.ci/tidy.py", *arguments)


def docs(_):
    shutil.rmtree("build/docs", ignore_errors=True)
    os.makedirs("build/docs")
    programs.must("doxygen", "docs/api/Doxyfile")
    programs.must("docs/check_docs.py")
    warnings = "build/docs/warnings"
    if os.path.exists(warnings) and os.path.getsize(warnings):
        programs.show_file(warnings, sys.stderr)
        return 1
    say("The API reference, without a warning: build/docs/html/index.html")
    return 0


def lint(_):
    programs.become(".github/lint.sh")


def install_packages(_):
    """The table names the packages; they are installed by now."""
