#!/usr/bin/env python3
"""Checks the C++ sources with clang-tidy: `./run tidy [--jobs N] [FILE...]`.

.clang-tidy says what is checked. Without FILE every .cc file of the tree is checked, which takes about a quarter of an hour
of CPU time; with FILE only those. A header is checked through one file that includes it. A line is printed for each
file that is done, with its findings. All findings stand together at the end.
Nothing is built. The compile commands come from three configured builds in build/tidy.
Exit status: 0 no finding; 1 findings; 2 a file could not be checked, or the work could not be done.
"""

import argparse
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WITHOUT_UNITY = ("-DAXPTR_UNITY=OFF", "-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON")
# The builds whose compile commands are used: name, and arguments of cmake. The first that compiles a file counts.
BUILDS = (
    ("plain", ("-G", "Ninja", "-DCMAKE_CXX_COMPILER=clang++-19", "-DCMAKE_BUILD_TYPE=None", "-DCMAKE_CXX_FLAGS=-O1")),
    ("fuzz", ("--preset", "fuzz")),
    ("bench", ("--preset", "bench")),
)
# Files that no build compiles by clang for this machine, and why.
NOT_CHECKED = {
    "axptr/testing/needs_libc.cc": "must not compile",
    "axptr/testing/rejected_types.cc": "must not compile",
    "axptr/testing/rejected_uses.cc": "must not compile",
    "package/consumer/main.cc": "compiled against an installed library",
    "sim/machine/processor_aarch64.cc": "for another processor",
}
CLANG_TIDY = "clang-tidy-22"
FINDING = re.compile(r"^(?P<place>/[^:\n]+:\d+:\d+): (?:warning|error): (?P<text>.*)$")
SUMMARY = re.compile(r"^\d+ warnings? generated\.$|^Suppressed \d+ warnings")


class Unusable(Exception):
    """The work cannot be done; the text says why."""


# ---- Which files, and how each is compiled ----

def sources(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", "*.cc"],
                            stdout=subprocess.PIPE, check=True, text=True).stdout
    return sorted(name for name in listed.split("\0") if name and (root / name).is_file())


def compiler_arguments(command):
    """The arguments of the compile command by clang in a line of shell, without `cd` and launchers; or None."""
    for part in command.split(" && "):
        words = shlex.split(part)
        for index, word in enumerate(words):
            if re.fullmatch(r"clang\+\+(-\d+)?", os.path.basename(word)) and "-c" in words:
                return words[index:]
    return None


def for_this_machine(arguments):
    return not any(argument.startswith("--target=") for argument in arguments)


def add_commands(known, entries):
    """Adds {source file: entry} for the files of `entries` that are not in `known` yet."""
    for entry in entries:
        arguments = compiler_arguments(entry["command"])
        if arguments and for_this_machine(arguments):
            source = os.path.normpath(os.path.join(entry["directory"], arguments[arguments.index("-c") + 1]))
            known.setdefault(source, {"directory": entry["directory"], "file": source, "arguments": arguments})


def configure(root, folder):
    """Configures the builds, and writes folder/compile_commands.json, with one command for each source file."""
    known = {}
    for name, arguments in BUILDS:
        build = folder / name
        build.mkdir(parents=True, exist_ok=True)
        log = folder / f"{name}.log"
        with open(log, "wb") as text:
            status = subprocess.run(["cmake", "-S", root, "-B", build, *arguments, *WITHOUT_UNITY], cwd=root, stdout=text,
                                    stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False).returncode
        if status != 0:
            raise Unusable(f"cmake ended with status {status}: see {log}")
        add_commands(known, json.loads((build / "compile_commands.json").read_text(encoding="utf-8")))
        # Kernel code is compiled by custom commands.
        custom = subprocess.run(["ninja", "-C", build, "-t", "compdb", "CUSTOM_COMMAND"], stdout=subprocess.PIPE,
                                check=True, text=True).stdout
        add_commands(known, json.loads(custom))
    # At once: another run may read it.
    written = folder / f"compile_commands.{os.getpid()}"
    written.write_text(json.dumps(list(known.values()), indent=1), encoding="utf-8")
    written.replace(folder / "compile_commands.json")
    return set(known)


def including(root, header, names):
    """One of the files `names` that includes the header, first its own .cc file and its own test; or None."""
    line = f'#include "{header}"'
    own = [header[:-2] + ".cc", header[:-2] + "_test.cc"]
    for name in [name for name in own if name in names] + names:
        if line in (root / name).read_text(encoding="utf-8").splitlines():
            return name
    return None


def chosen(root, arguments, names):
    """The files to check for these arguments of the command line."""
    found = []
    for argument in arguments:
        path = Path(argument).resolve()
        name = str(path.relative_to(root)) if path.is_relative_to(root) else ""
        if name.endswith(".h") and path.is_file():
            unit = including(root, name, names)
            if unit is None:
                raise Unusable(f"{argument}: no .cc file includes it; name one that does through another header")
            name = unit
        if name not in names:
            raise Unusable(f"{argument}: no .cc file or header of this tree")
        if name not in found:
            found.append(name)
    return found


# ---- Checking ----

class Result:
    """What clang-tidy said about one file."""

    def __init__(self, name, seconds, status, output, root):
        self.name = name
        self.seconds = seconds
        self.output = output
        self.findings = {}  # "FILE:LINE:COLUMN: TEXT": the lines of the finding
        lines = None
        for line in output.splitlines():
            found = FINDING.match(line)
            if found:
                title = f"{os.path.relpath(found['place'], root)}: {found['text']}"
                lines = self.findings.setdefault(title, [])
            elif lines is not None and not SUMMARY.match(line):
                lines.append(line)
        # An end in any other way, such as a crash, says nothing about the file.
        self.judged = status == 0 or (status == 1 and bool(self.findings))


def check(name, root, folder, clang_tidy):
    started = time.monotonic()
    done = subprocess.run([clang_tidy, "--quiet", "-p", folder, root / name], stdin=subprocess.DEVNULL, cwd=root,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return Result(name, time.monotonic() - started, done.returncode, done.stdout, root)


def check_all(names, root, folder, clang_tidy, jobs):
    """Checks each file, prints what is new, and returns ({finding: lines}, [file that was not judged])."""
    findings = {}
    not_judged = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        work = [pool.submit(check, name, root, folder, clang_tidy) for name in names]
        for count, future in enumerate(concurrent.futures.as_completed(work), 1):
            result = future.result()
            new = {title: lines for title, lines in result.findings.items() if title not in findings}
            findings |= new
            said = f"{len(result.findings)} findings" if result.findings else "clean"
            if not result.judged:
                said = "NOT JUDGED"
                not_judged.append(result.name)
            print(f"[{count:3}/{len(names)}] {result.seconds:5.1f} s  {result.name}: {said}", flush=True)
            for title in new:
                print(f"    {title}", flush=True)
            if not result.judged:
                print(result.output, flush=True)
    return findings, not_judged


def place_of(title):
    name, line, column, _ = title.split(":", 3)
    return name, int(line), int(column)


def report(findings, not_judged, count):
    """Prints the end of the run, and returns its exit status."""
    for title in sorted(findings, key=place_of):
        print(title)
        for line in findings[title]:
            print(line)
    for name in not_judged:
        print(f"not judged: {name}")
    print(f"clang-tidy: {count} files, {len(findings)} findings, {len(not_judged)} not judged", flush=True)
    return 2 if not_judged else 1 if findings else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="files at a time; one for each CPU without it")
    arguments = parser.parse_args()
    folder = ROOT / "build/tidy"
    try:
        names = sources(ROOT)
        wanted = chosen(ROOT, arguments.files, names) if arguments.files else names
        known = configure(ROOT, folder)
    except (Unusable, OSError, subprocess.CalledProcessError) as error:
        print(f"tidy: {error}", file=sys.stderr)
        sys.exit(2)
    compiled = [name for name in wanted if str(ROOT / name) in known]
    not_judged = []
    for name in sorted(set(wanted) - set(compiled)):
        if name in NOT_CHECKED:
            print(f"not checked: {name}: {NOT_CHECKED[name]}")
        else:
            print(f"{name}: no build compiles it")
            not_judged.append(name)
    findings, failed = check_all(compiled, ROOT, folder, CLANG_TIDY, arguments.jobs)
    sys.exit(report(findings, not_judged + failed, len(compiled)))


if __name__ == "__main__":
    main()
