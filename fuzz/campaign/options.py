#!/usr/bin/env python3
"""The command line of ./run fuzz. As a program (options.py ARGUMENT...): prints the engine that the arguments name,
without needing a build; exit status 2 for unusable arguments."""

import argparse
import glob
import os
import re
import sys

ENGINES = ("libfuzzer", "afl")
TARGETS = ("scenario", "check", "string", "race", "copy", "text", "machine")
# The targets whose findings axsim cannot replay and whose inputs it cannot read. The bug of the canary is in the kernel
# of the canary, which axsim does not have. Inputs of text_fuzzer are any bytes, and those of machine_fuzzer are scripts.
NOT_FOR_AXSIM = ("canary_fuzzer", "text_fuzzer", "machine_fuzzer")
# The targets on the whole machine. The kernels of the other targets see only checks of the address space and accesses
# that the library announces; a subject in a file may access memory without either.
TARGETS_OF_A_FILE = ("scenario", "race", "copy")
DEFAULT_SECONDS = 60

EPILOG = """
SECONDS (or --minutes) is the time for all targets together; without TARGETs all are fuzzed.
Ctrl-C ends the fuzzing, and the summary is printed; findings and inputs are kept, and the next run continues with
these inputs. A second Ctrl-C ends all at once.
Exit status: 0 nothing found; 1 a violation, or any other crash; 2 unusable arguments.
"""


class Unusable(Exception):
    """The campaign cannot be run; the text gives the reason."""


class Parser(argparse.ArgumentParser):
    """A parser that raises Unusable instead of ending the process."""

    def error(self, message):
        raise Unusable(f"{message}\n{self.format_usage()}".rstrip())


def number(text):
    """Parses a whole number from 1 to 999999999."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise argparse.ArgumentTypeError(f"{text}: expected a whole number from 1 on")
    return int(text)


def parser():
    made = Parser(prog="./run fuzz", allow_abbrev=False, epilog=EPILOG, add_help=True,
                  formatter_class=argparse.RawDescriptionHelpFormatter,
                  description="Runs fuzz targets for a given time, and reports the results.")
    made.add_argument("--minutes", type=number, metavar="N", help="in place of SECONDS")
    made.add_argument("--runs", type=number, metavar="N",
                      help="each target stops after N executions, with the seed 1; no time limit")
    made.add_argument("--jobs", type=number, metavar="N", default=os.cpu_count(),
                      help="number of targets that run at a time (the number of CPUs)")
    made.add_argument("--corpus", metavar="DIR",
                      help="the working corpus, a folder for each target (build/fuzz/corpus)")
    made.add_argument("--target", action="append", default=[], metavar="NAME",
                      help="in place of TARGET; once for each")
    made.add_argument("--engine", choices=ENGINES, default="libfuzzer", help="(libfuzzer)")
    made.add_argument("--subject", default="", metavar="NAME|FILE.so|FOLDER",
                      help="the code under test, in place of each target's own; each: a hash of the input selects a linked one")
    made.add_argument("--contract", default="", metavar="NAME", help="the contract that judges the code; as for axsim")
    made.add_argument("--require", default="", metavar="FACET[,FACET]",
                      help="the facets that each run must observe; as for axsim")
    made.add_argument("rest", nargs="*", metavar="[SECONDS] [TARGET...]", help=argparse.SUPPRESS)
    made.usage = ("./run fuzz [--minutes=N] [--runs=N] [--jobs=N] [--corpus=DIR] [--target=NAME]...\n"
                  "           [--engine=libfuzzer|afl] [--subject=NAME|FILE.so|FOLDER] [--contract=NAME]\n"
                  "           [--require=FACET[,FACET]] [SECONDS] [TARGET...]")
    return made


def named(pattern):
    """The names of the targets whose files match `pattern`, without `_fuzzer`."""
    return sorted(os.path.basename(path).split("_fuzzer")[0] for path in glob.glob(pattern))


def known_targets(build):
    """The targets of a build."""
    return named(os.path.join(build, "bin", "*_fuzzer"))


def parse(arguments, known):
    """Parses `arguments`; `known`: the names of all targets. Adds to the options of the parser: `seconds` for all
    targets together; `targets`, names with `_fuzzer`, or None if none is chosen. Raises Unusable."""
    options = parser().parse_intermixed_args(arguments)
    rest = list(options.rest)
    options.seconds = DEFAULT_SECONDS
    if rest and re.match(r"[0-9]", rest[0]):
        if options.minutes:
            raise Unusable(f"--minutes={options.minutes} and {rest[0]} seconds: expected one of them")
        try:
            options.seconds = number(rest.pop(0))
        except argparse.ArgumentTypeError as error:
            raise Unusable(str(error)) from None
    if options.minutes:
        options.seconds = 60 * options.minutes
    chosen = []
    for name in options.target + rest:
        short = name[:-len("_fuzzer")] if name.endswith("_fuzzer") else name
        if short not in known:
            raise Unusable(f"no target \"{name}\": expected some of {', '.join(known)}")
        if short + "_fuzzer" not in chosen:
            chosen.append(short + "_fuzzer")
    options.targets = chosen or None
    return options


if __name__ == "__main__":
    try:
        sources = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "*_fuzzer.cc")
        print(parse(sys.argv[1:], named(sources)).engine)
    except Unusable as wrong:
        print(wrong, file=sys.stderr)
        sys.exit(2)
