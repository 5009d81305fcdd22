#!/usr/bin/env python3
"""Puts each known bug of the library into the image of sim/ring0, and checks that scenarios find it in ring 0.

    fuzz/image_mutants.py [--build FOLDER] [--compiler gcc|clang|traced] [--jobs N] [NAME...]

A mutant is found if axsim ring0 ends with status 1: a violation, a difference from the simulation without the bug, or
an image that ends early or stops answering. The scenario of the mutant is tried first, then the corpus without traces;
both first in the image of the compiler, then in the image whose subjects report their loads and stores.

A mutant that is not found needs a reason, which is measured:

  not run   the image runs no scenario that shows the mutant: the simulation, with the bug and without reports of loads
            and stores, finds it only in scenarios that the image reports as not run
  reports   the simulation without reports of loads and stores does not find the mutant either

The mutant and the reason must be in fuzz/mutants/not_in_image.txt, as a line `NAME: REASON`; otherwise the mutant is
UNEXPLAINED or UNLISTED. Writes build/image-mutants/results.tsv. Exit status: 0 each mutant is found or listed with its
reason; 1 otherwise; 2 a mutant does not apply, compile or link; 130 interrupted, after the rows so far.
"""

import argparse
import functools
import glob
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # no __pycache__ in the source tree
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "campaign"))
import mutant  # noqa: E402
import side_by_side  # noqa: E402

ROOT = mutant.ROOT
LISTED = os.path.join(ROOT, "fuzz", "mutants", "not_in_image.txt")
SECONDS = 60  # of wall-clock time for one scenario, which needs less than a second; the corpus has four times that
TRACED = "traced"  # the image whose subjects report their loads and stores
# The compiler option that makes code report loads and stores, and the macro that says that it is on.
REPORTS = (r"-fsanitize-coverage=", r"-DAXPTR_SUBJECT_REPORTS_LOADS")


def run(command, seconds):
    """Returns (status, output). The status of a program that ran out of time is None."""
    try:
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False, timeout=seconds)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as stopped:
        return None, (stopped.stdout or b"").decode(errors="replace")


def link_without_reports(build, name, sources, folder):
    """Links `axsim` in the folder with object `name`, compiled from the changed files in `sources` without reports of
    loads and stores."""
    out = os.path.join(folder, name.replace("/", "_"))
    build.compile(name, sources, out, without=REPORTS)
    build.link("axsim", {name: out}, os.path.join(folder, "axsim"))


def failing_in_simulation(axsim, subject, files):
    """The files whose expectations do not hold in the simulation."""
    def fails(some):
        return run([axsim, "run", "--quiet", f"--subject={subject}", *some], 4 * SECONDS)[0] not in (0, 3)
    return {file for file in files if fails([file])} if fails(files) else set()


@functools.cache
def failing_without_the_bug(build, subject):
    """The scenarios that fail without the bug if no loads are reported: their races at loads never happen."""
    with tempfile.TemporaryDirectory() as folder:
        link_without_reports(build, build.object_of_subject(subject), folder, folder)
        return failing_in_simulation(os.path.join(folder, "axsim"), subject, mutant.corpus())


class Trial:
    """The trial of one mutant."""

    def __init__(self, name, build, compiler):
        self.name, self.compiler = name, compiler
        self.patch = mutant.Patch(name)
        self.build = build
        self.folder = os.path.join(ROOT, "build", "image-mutants", name)
        os.makedirs(self.folder, exist_ok=True)

    def in_image(self, files):
        seconds = SECONDS if len(files) == 1 else 4 * SECONDS
        return run([os.path.join(self.build.folder, "bin", "axsim"), "ring0", f"--seconds={seconds}",
                    f"--image={self.folder}/ring0.elf", f"--subject={self.patch.subject()}", *files], 4 * seconds)

    def found_in_image(self):
        own = self.patch.header("scenario")
        for files in ([os.path.join(ROOT, own)] if own else [], mutant.corpus()):
            if not files:
                continue
            status, text = self.in_image(files)
            if status not in (0, 3):
                names = sorted(set(re.findall(r": ([a-z]+\.[a-z_]+): wanted", text)))
                if re.search(r": the image (ended|fell silent) ", text) or status is None:
                    names.append("the image ends, or is silent")
                return names or ["a difference"]
        return None

    def reason(self):
        """The reason why the mutant is not found: `reports` or `not run`; None: no reason, it should be found."""
        for name in mutant.changed_objects(self.patch, self.build, "axsim"):
            link_without_reports(self.build, name, os.path.join(self.folder, "source"), self.folder)
        axsim = os.path.join(self.folder, "axsim")
        shown = failing_in_simulation(axsim, self.patch.subject(), mutant.corpus())
        shown = sorted(shown - failing_without_the_bug(self.build, self.patch.subject()))
        if not shown:
            return "reports"
        status, text = self.in_image(shown)
        reasons = re.findall(r"^  not run: (.*?)  +\d+$", text, re.MULTILINE)
        is_none_run = re.search(r"^scenarios run +0$", text, re.MULTILINE)
        return "not run: " + ", ".join(reasons) if status == 3 and is_none_run else None

    def row(self):
        try:
            for compiler in (self.compiler, TRACED):
                mutant.image(self.patch, self.build, self.folder, compiler)
                found = self.found_in_image()
                if found:
                    return self.name, "found" if compiler != TRACED else "by reports", " ".join(found)
            return self.name, "not found", self.reason() or ""
        except mutant.Unusable as error:
            return self.name, "CANNOT BE HAD", str(error).strip().split("\n")[-1]
        finally:
            for file in glob.glob(os.path.join(self.folder, "*")):
                if os.path.isfile(file):
                    os.remove(file)


def listed():
    with open(LISTED, encoding="utf-8") as lines:
        return dict(line.rstrip("\n").split(": ", 1) for line in lines if line.strip() and not line.startswith("#"))


def verdict_of(row, known):
    """What is wrong with a row; "" if nothing is."""
    name, result, text = row
    if result == "CANNOT BE HAD":
        return result
    if result in ("found", "by reports"):
        return "FOUND, AND LISTED" if name in known else ""
    if not text:
        return "UNEXPLAINED"
    return "" if known.get(name) == text else "UNLISTED"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--compiler", default="gcc", choices=("gcc", "clang", "traced"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    names = [name for name in given.names or mutant.names() if mutant.Patch(name).is_of_library]
    build = mutant.Build(given.build, cpu_seconds=120)
    known, mistakes = listed(), []
    results = os.path.join(ROOT, "build", "image-mutants", "results.tsv")
    os.makedirs(os.path.dirname(results), exist_ok=True)
    stopping = side_by_side.stops_on_interrupt()
    tried = 0
    with open(results, "w", encoding="utf-8") as table:
        for row in side_by_side.results(lambda name: Trial(name, build, given.compiler).row(), names, given.jobs,
                                        stopping):
            tried += 1
            mistake = verdict_of(row, known)
            mistakes += [row[0]] if mistake else []
            print(f"{row[0]:<44} {row[1]:<10} {mistake + ': ' if mistake else ''}{row[2]}", flush=True)
            table.write("\t".join(row) + "\n")
            table.flush()
    print(f"{tried} mutants of the library, {len(mistakes)} not as expected {' '.join(mistakes)}")
    if stopping.is_set():
        print(f"interrupted: {tried} of {len(names)} mutants were tried")
        return side_by_side.INTERRUPTED
    return 1 if mistakes else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except mutant.Unusable as error:
        print(error, file=sys.stderr)
        sys.exit(2)
