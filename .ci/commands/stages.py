"""The commands that run all tests: ./run test and ./run check."""

import os
import re

import programs
from programs import say, seconds

# Name, preset, and targets besides the default. One clang build serves the unit tests under ASan and UBSan and the
# fuzz targets: time is short.
STAGES = (
    ("g++", "release", ()),
    ("clang, ASan, UBSan, fuzz", "fuzz", ("all", "fuzz_targets")),
)
PARTS_OF_CHECK = ("test", "mutants --corpus-only", "stress 60", "emulated", "ring0", "ring0 --random=10000",
                  "random --streams=10", "afl", "fuzz 300")


def _lines(path):
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as text:
            return text.read().split("\n")
    except OSError:
        return []


def _results(log, details):
    """What the log of ctest says: the line that counts, the unit tests that passed, the tests that were not run."""
    passed = "\n".join(line for line in _lines(log) if re.match(r"[0-9]*% tests passed", line))
    # A test of ctest is a suite of GoogleTest's, or a script.
    units = [re.fullmatch(r"\[  PASSED  \] ([0-9]+) tests?\.", line) for line in _lines(details)]
    not_run = [re.match(r"\s*[0-9]* - (.* \((?:Disabled|Skipped)\))$", line) for line in _lines(log)]
    return passed, sum(int(unit[1]) for unit in units if unit), [test[1] for test in not_run if test]


def _stage(name, preset, targets, summary):
    """Builds, runs the tests of the preset, and adds to the summary what came out. None, or what failed."""
    started = seconds()
    log = f"build/{preset}-ctest.log"
    say(f"{name}: build (build/{preset})")
    if programs.build(preset, *targets) != 0:
        return f"{name}: does not build"
    built = seconds()
    say(f"{name}: test")
    status = programs.status_and_log(log, "ctest", "--preset", preset, "--parallel", programs.JOBS)
    passed, units, not_run = _results(log, f"build/{preset}/Testing/Temporary/LastTest.log")
    summary.append(f"{name:<24} {passed or 'ctest failed'} ({units} unit tests passed in them), "
                   f"build {built - started:3} s, test {seconds() - built:3} s")
    summary += [f"  not run: {test}" for test in not_run]
    return None if status == 0 else f"{name}: failed"


def test(_):
    """Ends at the first stage that fails, after the summary."""
    summary = []
    failure = None
    for name, preset, targets in STAGES:
        failure = failure or _stage(name, preset, targets, summary)
    say(f"Summary ({seconds()} s)")
    print(*summary, failure or "All passed.", sep="\n")
    return 1 if failure else 0


def check(_):
    """Every part runs, also after one that failed, so that one run tells all."""
    failed = []
    for part in PARTS_OF_CHECK:
        say(f"./run {part}")
        if programs.status_of(os.path.join(programs.ROOT, "run"), *part.split()) != 0:
            failed.append(f"./run {part}")
    say(f"Check ({seconds()} s)")
    for part in ("emulated", "afl"):
        if os.path.exists(f"build/{part}-not-run"):
            programs.show_file(f"build/{part}-not-run")
    print(*[f"failed: {part}" for part in failed] or ["All passed."], sep="\n")
    return 1 if failed else 0
