"""The table of commands: the usage, the command lines, the packages and the calls come from it. docs/check_docs.py
reads the names in it, too."""

import argparse
from typing import Callable, Mapping, NamedTuple, Optional

import machines
import packages
import programs
import stages
import tools

PASSED_ON = None
INDENT = 29  # of what a command does, in the usage


class Parser(argparse.ArgumentParser):
    """One that raises programs.Stop, with the name of the command in the text."""

    def error(self, message):
        raise programs.Stop(2, f"{self.prog.split()[-1]}: {message}")


class Command(NamedTuple):
    name: str
    arguments: str  # as the usage shows them
    text: str  # what it does, in lines of the usage
    function: Callable  # takes what parse() returns; returns the exit status, or None for 0, or does not return
    needs: tuple = ()  # packages without which it ends; the function is called when they are installed
    wants: tuple = ()  # optional packages: without them it does less
    # Arguments of argparse: names, and settings. PASSED_ON: a program gets them as they are, and says what is wrong.
    options: Optional[tuple] = ()
    answers: Mapping = {}  # by its first argument, a program that needs no package

    def parse(self, arguments):
        """The options, or the list of arguments if they are passed on. Ends the command where something is wrong."""
        if self.options is PASSED_ON:
            return arguments
        parser = Parser(prog=f"./run {self.name}", description=self.text, allow_abbrev=False, exit_on_error=False)
        for name, settings in self.options:
            parser.add_argument(name, **settings)
        try:
            return parser.parse_args(arguments)
        except argparse.ArgumentError as wrong:
            parser.error(wrong.message)

    def usage(self):
        first, *more = self.text.split("\n")
        head = f"  {self.name} {self.arguments}".rstrip()
        head = head.ljust(INDENT) if len(head) < INDENT else head + "  "
        return "\n".join([head + first] + [" " * INDENT + line for line in more])


COMMANDS = {command.name: command for command in (
    Command("test", "",
            "what every change must pass: unit tests (g++; clang with ASan and UBSan), the\n"
            "corpus through every fuzz target, the canary, and a few known bugs",
            stages.test, needs=packages.BUILD, wants=(*packages.TESTS, *packages.RING0)),
    Command("check", "",
            "what takes longer, before a change lands and every night: test, then every\n"
            "known bug against the corpus, stress for 60 s, the library and axsim on other\n"
            "processors, AFL++ on two known bugs, ring 0, random scenarios, and fuzzing for 300 s",
            stages.check, needs=packages.BUILD),
    Command("fuzz", "[SECONDS] [TARGET...]",
            "fuzz for SECONDS (60) in all, every target or those named; build/fuzz/report.html;\n"
            "--help: options, another library than ours, AFL++;\n"
            "--print-subject-flags: what clang has to compile it with",
            tools.fuzz, needs=packages.BUILD, options=PASSED_ON,
            answers={"--print-subject-flags": ("fuzz/subject_flags.sh",),
                     "--help": ("fuzz/campaign/options.py", "--help")}),
    Command("service-check", "",
            "what fuzzing services demand: builds as they do and runs the targets as they do;\n"
            "--sanitizer NAME, --engine NAME, --seed-runs N",
            tools.service_check, needs=(*packages.BUILD, *packages.SERVICE, *packages.AFL), options=PASSED_ON),
    Command("afl", "",
            "see that AFL++ finds the canary and a known bug of the library",
            tools.afl, needs=packages.BUILD),
    Command("mutants", "[NAME...]",
            "seed each known bug of fuzz/mutants/, and see that the corpus finds it, and\n"
            "that fuzzing does; --corpus-only, --seeds N, --jobs N",
            tools.mutants, needs=packages.BUILD, options=PASSED_ON),
    Command("generated-mutants", "[FILE|FOLDER...]",
            "change axptr/ and sim/machine/ in one place at a time: does the oracle notice,\n"
            "does a test? --sample N: N changes at random; --oracle: without the unit tests",
            tools.generated_mutants, needs=packages.BUILD, options=PASSED_ON),
    Command("coverage", "",
            "what the corpus and the tests reach: a table, pages, and thresholds",
            tools.coverage, needs=packages.BUILD),
    Command("emulated", "[MACHINE...]",
            "the library's unit tests on aarch64 and riscv64, and axsim on aarch64, under\n"
            "qemu-user",
            machines.emulated, wants=packages.EMULATION,
            options=(("machines", {"nargs": "*", "type": machines.machine, "metavar": "MACHINE"}),)),
    Command("ring0", "[FILE|FOLDER...]",
            "the corpus, or these scenarios, in ring 0 of an emulated machine: equal to the\n"
            "simulation, and the oracle finds nothing; --random=N: N random ones, by g++ and by clang,\n"
            "of each subject; --mutants [NAME...]: is each known bug of the library found there?",
            machines.ring0, needs=(*packages.BUILD, *packages.RING0), options=PASSED_ON),
    Command("stress", "[SECONDS]",
            "several CPUs at once, under the thread sanitizer, for SECONDS (60)",
            tools.stress, needs=packages.BUILD,
            options=(("seconds", {"nargs": "?", "default": "60", "type": tools.number_of_seconds,
                                  "metavar": "SECONDS"}),)),
    Command("corpus", "[TARGET...]",
            "bring home as text, into corpus/, what ./run fuzz has found",
            tools.corpus, needs=packages.BUILD, options=PASSED_ON),
    Command("bench", "[--compare OLD.json]",
            "benchmarks, the goals they meet, and a page: docs/benchmarks.md;\n"
            "--subject=NAME|FILE.so measures another library than the one built in",
            tools.bench, needs=packages.BUILD, options=PASSED_ON),
    Command("repro", "[--mutant NAME] FILE",
            "explain a crash file: its bug, minimised, with all that led to it",
            tools.repro, needs=packages.BUILD, options=PASSED_ON),
    Command("axsim", "ARGUMENT...",
            "the simulator: run, explain, minimize, ... (builds it first)",
            tools.axsim, needs=packages.BUILD, options=PASSED_ON),
    Command("random", "[OPTION...]",
            "random scenarios on correct libraries, each by its contract, with the seed of the\n"
            "day: no finding is expected; --seed=N, --streams=N, --scenarios=N, --generator=NAME",
            tools.random, needs=packages.BUILD, options=PASSED_ON),
    Command("compilers", "[NAME...]",
            "the library and its unit tests by each g++-N and clang++-N, as docs/compilers.md says;\n"
            "--page docs/compilers.md writes it",
            tools.compilers, needs=("googletest",), wants=(*packages.COMPILERS, *packages.SERVICE),
            options=PASSED_ON),
    Command("format", "[--fix]",
            "check, or mend, the formatting (clang-format 19)",
            tools.format_sources, needs=("git", *packages.LINT),
            options=(("--fix", {"action": "store_true"}),)),
    Command("tidy", "[FILE...]",
            "check all sources, or these, with clang-tidy 22; --jobs N",
            tools.tidy, needs=(*packages.BUILD, *packages.LINT), options=PASSED_ON),
    Command("docs", "",
            "the API reference by Doxygen (build/docs/html), and links and commands in the text",
            tools.docs, needs=("git", "python3", "doxygen")),
    Command("lint", "",
            "shell scripts by shellcheck, workflows by GitHub's schema",
            tools.lint, needs=("git", "shellcheck", "npm")),
    Command("packages", "",
            "install the Debian packages that are missing",
            tools.install_packages, needs=(*packages.BUILD, *packages.LINT),
            wants=(*packages.TESTS, *packages.EMULATION)),

)}


def usage():
    """What ./run help prints."""
    return "\n".join(["usage: ./run COMMAND", "", *[command.usage() for command in COMMANDS.values()], "",
                      "AXPTR_NO_INSTALL=1: never install a package, only say which are missing.",
                      "Exit status: 0 all is well; 1 a test failed, or a violation was found; "
                      "2 the work could not be done."])
