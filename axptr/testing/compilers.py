#!/usr/bin/env python3
"""Tries the library with every compiler that is here: `./run compilers`.

    compilers.py [--page FILE.md] [--work FOLDER] [COMPILER...]

Compilers are the g++-N and clang++-N on the PATH, or those that are named. With each C++ library that the
compiler finds (libstdc++; libc++ for clang) it compiles every header of axptr/ alone, the whole library as a
kernel does (freestanding_check.cc), and the unit tests of axptr/ with GoogleTest's sources, and runs them. --page
writes the table of what came out. A row that does not compile as it is, is tried again with a flag that clang up to
version 18 needs for std::expected of libstdc++.
Exit status: 0 every compiler is as the page says, or the page was written; 1 it is not; 2 nothing could be tried.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

AXPTR = Path(__file__).resolve().parent.parent
ROOT = AXPTR.parent
PAGE = ROOT / "docs/compilers.md"
GOOGLETEST = Path("/usr/src/googletest")
# std::expected of libstdc++ 12 requires a version of concepts that clang has long had, and reports only since 19.
EXPECTED = ["-D__cpp_concepts=202002L", "-Wno-macro-redefined"]
WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Werror"]
ALWAYS = ["-fno-delete-null-pointer-checks", f"-I{ROOT}"]
KERNEL = ["-ffreestanding", "-fno-exceptions", "-fno-rtti", "-fno-stack-protector", "-mno-sse", "-mno-red-zone",
          "-mcmodel=kernel", "-fno-pic", "-fno-threadsafe-statics"]
# These need the reports of clang, or a platform of their own.
OTHER_TESTS = re.compile(r"/(fast_transfer|loads|platform_hooks|vanishing)_test[.]cc$")
LAUNCHER = ["ccache"] if shutil.which("ccache") else []
HEADER = """# Compilers

Compilers with which the library was tested: each header alone and the whole library as a kernel compiles it (*library*), and the unit tests
of `axptr/`, compiled and run (*unit tests*). `./run compilers` writes this table. It uses all installed compilers;
those in the table are of Debian 12. `./run test` builds everything else with g++ 12 and clang 19.

"""
FLAG_TEXT = """
(a) With `-D__cpp_concepts=202002L -Wno-macro-redefined`. Up to version 18 clang reports an older version of concepts than it has, and
libstdc++ then does not define `std::expected`. Versions before 17 need the option `-std=c++2b`. Up to version 14 clang does not support `std::expected` of a type with a destructor; a unit test
uses such a type, the library does not.
"""


class Failed(Exception):
    """A command failed; the text is its first error."""


def run(command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", check=False, **options)
    if done.returncode != 0:
        errors = [line for line in done.stdout.splitlines() if "error" in line or "FAILED" in line]
        raise Failed((errors or done.stdout.splitlines() or [f"status {done.returncode}"])[0])
    return done.stdout


def compiles(command, text):
    return subprocess.run([*command, "-fsyntax-only", "-x", "c++", "-"], input=text, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, text=True, check=False).returncode == 0


def installed():
    """Names of the compilers on the PATH, g++ before clang++, by number."""
    found = set()
    for folder in os.environ["PATH"].split(":"):
        if os.path.isdir(folder):
            found |= {name for name in os.listdir(folder) if re.fullmatch(r"(g|clang)\+\+-\d+", name)}
    return sorted(found, key=lambda name: (name.startswith("clang"), int(name.rsplit("-", 1)[1])))


class Way:
    """A compiler with a C++ library."""

    def __init__(self, compiler, library):
        self.compiler, self.library = compiler, library
        flags = [] if library == "libstdc++" else ["-stdlib=libc++"]
        standard = "-std=c++23" if compiles([compiler, "-std=c++23"], "") else "-std=c++2b"
        self.command = [compiler, standard, *flags]
        self.flag = False

    def found(self):
        return compiles(self.command, "#include <utility>\n")

    def try_library(self, extra):
        command = [*self.command, *extra, *ALWAYS, *WARNINGS, "-fsyntax-only", "-x", "c++"]
        for header in sorted(AXPTR.glob("*.h")):
            # Named by an include, since a header as the main file has its own warning.
            source = f"-include{header}"
            run([*command, source, "/dev/null"])
        run([*command, *KERNEL, str(AXPTR / "freestanding_check.cc")])

    def try_tests(self, work, jobs):
        """Compiles the unit tests and runs them."""
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        extra = EXPECTED if self.flag else []
        folders = [f"-isystem{GOOGLETEST}/{part}" for part in ("googletest/include", "googlemock/include")]
        folders += [f"-I{GOOGLETEST}/{part}" for part in ("googletest", "googlemock")]
        ours = [*sorted(map(str, AXPTR.glob("*_test.cc"))), str(AXPTR / "testing/fake_platform.cc")]
        ours = [source for source in ours if not OTHER_TESTS.search(source)]
        theirs = [f"{GOOGLETEST}/googletest/src/gtest-all.cc", f"{GOOGLETEST}/googlemock/src/gmock-all.cc",
                  f"{GOOGLETEST}/googlemock/src/gmock_main.cc"]
        objects = {source: work / (Path(source).stem + ".o") for source in ours + theirs}

        def build(source):
            warnings = WARNINGS if source in ours else ["-w"]
            run([*LAUNCHER, *self.command, *extra, *ALWAYS, *folders, *warnings, "-O1", "-c", source, "-o",
                 str(objects[source])])

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for _ in pool.map(build, objects):
                pass
        program = work / "axptr_test"
        run([*self.command, *map(str, objects.values()), "-pthread", "-o", str(program)])
        run([str(program), "--gtest_brief=1"], timeout=1200)

    def try_all(self, work, jobs):
        """The row of the table."""
        try:
            try:
                self.try_library([])
            except Failed as error:
                if not self.compiler.startswith("clang") or "expected" not in str(error):
                    raise
                self.try_library(EXPECTED)
                self.flag = True
        except Failed as error:
            return self.row("no", "not tried", shorten(str(error)))
        note = "yes (a)" if self.flag else "yes"
        try:
            self.try_tests(work / f"{self.compiler}-{self.library}", jobs)
        except (Failed, subprocess.TimeoutExpired) as error:
            return self.row(note, "no", shorten(str(error)))
        return self.row(note, "passed", "")

    def row(self, library, tests, why):
        # Without what a distribution's updates change.
        name, number = self.compiler.split("++-")
        return f"| {name}{'++' if name == 'g' else ''} {number} | {self.library} | {library} | {tests} | {why} |"


def shorten(error):
    """An error without the place, which is a folder of this computer."""
    text = re.sub(r"^.*?(fatal error|error): ", "", error)
    return text.replace("|", "\\|")[:120]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--page")
    parser.add_argument("--work", default=str(ROOT / "build/compilers"))
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("compilers", nargs="*", metavar="COMPILER")
    arguments = parser.parse_args()
    if not GOOGLETEST.is_dir():
        sys.exit("no sources of GoogleTest here (Debian package googletest)")
    rows = []
    for compiler in arguments.compilers or installed():
        for library in ("libstdc++", "libc++"):
            if library == "libc++" and compiler.startswith("g++"):
                continue
            way = Way(compiler, library)
            if way.found():
                rows.append(way.try_all(Path(arguments.work), arguments.jobs))
                print(rows[-1], flush=True)
    if not rows:
        print("no compiler here", file=sys.stderr)
        sys.exit(2)
    if arguments.page:
        table = "| compiler | C++ library | library | unit tests | why not |\n|---|---|---|---|---|\n"
        Path(arguments.page).write_text(HEADER + table + "\n".join(rows) + "\n" + FLAG_TEXT, encoding="utf-8")
        return
    said = PAGE.read_text(encoding="utf-8").splitlines()
    unsaid = [row for row in rows if row not in said]
    for row in unsaid:
        print(f"not in {PAGE}: {row}")
    sys.exit(1 if unsaid else 0)


if __name__ == "__main__":
    main()
