#!/usr/bin/env python3
"""Puts each known bug of fuzz/mutants/ into programs (fuzz/mutant.py), and checks that the corpus finds it, and that
fuzzing without seeds finds it, by a violation that the patch names: `./run mutants`. A mutant that is not found shows
a gap in the tests.

A mutant of the library is in one subject, which the column `subject` names. The corpus and the fuzzer run this
subject. If the patch names the subject (`# subject: words`), --corpus-only also checks that the object code of the
other subject is the same with and without the patch.

Writes build/mutants/NAME/: the programs with the bug, logs, crash files, the row of the table.
"""

import argparse
import fcntl
import os
import re
import shutil
import subprocess
import sys
import time

import findings
import mutant_trial  # adds the folder of mutant.py to the module search path
import side_by_side
import mutant

EPILOG = """
Ctrl-C ends it with the table so far. A second Ctrl-C ends it at once.
Exit status: 0 all found; 1 a survivor, a wrong violation, or a patch that does not apply or build;
2 unusable arguments; 130 interrupted.
"""


def count(text):
    """A whole number from 1 to 99."""
    if not re.fullmatch(r"[1-9][0-9]?", text):
        raise argparse.ArgumentTypeError(f"{text}: expected a whole number from 1 to 99")
    return int(text)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./run mutants", allow_abbrev=False, epilog=EPILOG,
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description="Checks that the corpus and the fuzzer find each known bug.")
    less = parser.add_mutually_exclusive_group()
    less.add_argument("--check", action="store_true", help="only that each patch still applies and has its header")
    less.add_argument("--corpus-only", action="store_true",
                      help="no fuzzing; a small build that takes a second or two a mutant")
    parser.add_argument("--seeds", type=count, default=5, metavar="N",
                        help="fuzz N times (5), without the corpus, each for the budget of the mutant at most")
    parser.add_argument("--jobs", type=count, default=len(os.sched_getaffinity(0)), metavar="N",
                        help="number of mutants that are tried at a time (the number of CPUs), each in one process")
    parser.add_argument("names", nargs="*", metavar="NAME", help="of the mutants (all)")
    options = parser.parse_args(arguments)
    options.names = list(dict.fromkeys(options.names)) or mutant.names()
    return options


def check(names):
    """Checks that each patch applies and has its header lines. Returns the exit status."""
    failed = 0
    for name in names:
        wrong = mutant_trial.mistake(mutant.Patch(name))
        if wrong:
            failed += 1
            print(f"{name}: {wrong}")
    print(f"{len(names)} mutants, {failed} that do not apply")
    return 1 if failed else 0


def built(corpus_only, log):
    """Makes the build from which the programs of all mutants are made. Returns None if it fails, after printing the
    end of the log."""
    preset, folder, targets = ("mutants", "mutants-base", ["replay_corpus"]) if corpus_only else (
        "fuzz-fast", "fuzz-fast", ["replay_corpus", "fuzz_targets"])
    folder = os.path.join(mutant.ROOT, "build", folder)
    with open(log, "w+", encoding="utf-8", errors="replace") as output:
        for command in (["cmake", "--preset", preset, "-B", folder],
                        ["cmake", "--build", folder, "--target", *targets]):
            if subprocess.run(command, cwd=mutant.ROOT, stdin=subprocess.DEVNULL, stdout=output,
                              stderr=subprocess.STDOUT, check=False).returncode != 0:
                output.seek(0)
                sys.stderr.write("".join(output.readlines()[-40:]))
                return None
    return mutant.Build(folder)


def try_all(options, build, work, began):
    """Tries all mutants and prints the table. Returns the exit status. `began`: time.monotonic() at the start of the
    command."""
    seeds = 0 if options.corpus_only else options.seeds
    stopping = side_by_side.stops_on_interrupt()

    def attempt(name):
        trial = mutant_trial.Trial(name, build, os.path.join(work, name), seeds, stopping)
        os.makedirs(trial.folder, exist_ok=True)
        trial.attempt()
        with open(os.path.join(trial.folder, "row"), "w", encoding="utf-8") as file:
            print(trial.row(), file=file)
        return trial

    print(mutant_trial.HEAD, flush=True)
    tried = failed = not_tried = 0
    for trial in side_by_side.results(attempt, options.names, options.jobs, stopping):
        tried += 1
        failed += 1 if trial.mistakes else 0
        not_tried += 1 if trial.not_tried else 0
        print(trial.row(), flush=True)
    if stopping.is_set():
        print(f"\ninterrupted: {tried} of {len(options.names)} mutants were tried")
    unable = f"{not_tried} not tried, " if not_tried else ""
    print(f"\n{tried} mutants, {failed} not found as expected, {unable}{time.monotonic() - began:.0f} s. "
          "corpus, time: seconds until it was found;\n"
          f"executions, time: medians of the runs that found it, each from nothing. Logs: {findings.shown(work)}/NAME")
    return side_by_side.INTERRUPTED if stopping.is_set() else 1 if failed else 0


def main(arguments):
    began = time.monotonic()
    options = parse(arguments)
    for name in options.names:
        mutant.Patch(name)  # raises Unusable if there is no such patch
    if options.check:
        return check(options.names)
    os.environ["ASAN_SYMBOLIZER_PATH"] = ""  # symbols cost time; hundreds of findings need no stacks
    work = os.path.join(mutant.ROOT, "build", "mutants")
    os.makedirs(work, exist_ok=True)
    with open(os.path.join(work, "lock"), "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise mutant.Unusable(f"another ./run mutants is under way in {work}") from None
        for name in options.names:
            shutil.rmtree(os.path.join(work, name), ignore_errors=True)
        build = built(options.corpus_only, os.path.join(work, "build.log"))
        return try_all(options, build, work, began) if build else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except mutant.Unusable as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(side_by_side.INTERRUPTED)
