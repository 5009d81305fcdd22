#!/usr/bin/env python3
"""Runs each command that the pages show, and compares its output with the page.

    run_pages.py --build BUILD --cc COMPILER [--root ROOT] [--not-run FILE] [PAGE...]

Without a PAGE all Markdown files of ROOT are used. A block of a page (indented by four blanks, or fenced) is a session
if it has lines `$ COMMAND`; the lines after such a line are the output of the command. A block without such lines is a
session if its first line starts a program (PROGRAM below); following lines that are not commands are output.

A line `...` matches any lines, and `...` within a line any text, for example times. A command must have status 0, or N
if its line ends in `# status N`; the status of a pipe is not checked. A command after `$` without shown output must
write nothing.

Hidden lines: `<!-- before: COMMAND -->` runs a command that prepares the next commands. After `<!-- code: FILE -->`
each block that is not a session must consist of lines of FILE, adjacent except for `...`.

FILE (docs/not_run.txt) lists commands that are not run: lines with a command, in which `...` matches any text, followed
by indented lines with the reason. An entry that no page uses is a mistake, and so is a test that ctest does not have.

The commands of a page run in a temporary folder that looks like ROOT. In it build/release is BUILD, `cc` is COMPILER,
`axsim` is in the PATH, and `./run` is the script of run_shim(). Exit status: 0 all pages are correct, 1 otherwise.
"""

import argparse
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

PROGRAM = re.compile(r"(?:[A-Z_]+=\S+ )*(?:\./run|axsim|cc|rustc|cmake|ctest|meson|qemu-\S+|build/[\w/.-]+|"
                     r"(?:axptr|bench|corpus|docs|fuzz|package|sim)/[\w/.-]+[.](?:sh|py))(?: |$)")
STATUS = re.compile(r"\s# status (\d+)$")
HIDDEN = re.compile(r"<!-- (before|code): (.*) -->$")
LIMIT_SECONDS = 60  # only a command that hangs reaches this limit


class Command:

    def __init__(self, number, text, shown, is_strict):
        self.number, self.shown, self.is_strict = number, shown, is_strict
        stated = STATUS.search(text)
        self.status = int(stated[1]) if stated else 0
        self.text = re.sub(r"\s+# .*$", "", text)


def parts_of(text):
    """Yields in order (number, line) of each hidden line, and (number of the first line, lines) of each block."""
    block, fenced = [], False
    for number, line in enumerate(text.splitlines() + ["end"], 1):
        is_fence = line.startswith("```")
        fenced ^= is_fence
        if not is_fence and (fenced or line.startswith("    ") or (block and not line.strip())):
            block.append((number, line if fenced else line[4:]))
            continue
        while block and not block[-1][1].strip():
            block.pop()
        if block:
            yield block[0][0], [line for _, line in block]
        block = []
        if HIDDEN.match(line):
            yield number, line


def commands_of(first, lines):
    """The commands of a block; empty if the block is not a session."""
    is_strict = any(line.startswith("$ ") for line in lines)
    if not is_strict and not PROGRAM.match(lines[0]):
        return []
    commands, goes_on = [], False
    for number, line in enumerate(lines, first):
        if goes_on:
            commands[-1][1] = commands[-1][1][:-1] + line.strip()
        elif line.startswith("$ ") if is_strict else PROGRAM.match(line):
            commands.append([number, line[2:] if is_strict else line, []])
        elif commands:
            commands[-1][2].append(line)
        goes_on = bool(commands) and not commands[-1][2] and commands[-1][1].endswith("\\")
    for command in commands:
        for end in (0, -1):
            while command[2] and not command[2][end].strip():
                command[2].pop(end)
    return [Command(*command, is_strict) for command in commands]


def picture(shown):
    """`shown` as a regular expression in which `...` matches any text."""
    return re.compile(".*".join(re.escape(part) for part in shown.split("...")), flags=re.S)


def difference(shown, lines):
    """The first difference between the output `lines` and the lines `shown` on the page; None if they match."""
    at, may_skip = 0, False
    for one in shown:
        if one.strip() == "...":
            may_skip = True
            continue
        is_like = picture(one).fullmatch
        while may_skip and at < len(lines) and not is_like(lines[at]):
            at += 1
        if at == len(lines) or not is_like(lines[at]):
            return f"shows another line than came: {one}"
        at, may_skip = at + 1, False
    if at < len(lines) and not may_skip:
        return f"does not show all that came: {lines[at]}"
    return None


def run_shim(root, build):
    """The ./run of the folder: it builds nothing, and runs no command that builds. It uses the mutants of BUILD."""
    return f"""#!/bin/sh
# A mutant is in the subject words, or in vectors alone.
explain_mutant() {{
  mutant=$PWD/build/mutants/$1/bin/axsim
  mkdir -p "${{mutant%/*}}"
  cp {build}/bin/axsim_"$1" "$mutant" || exit 2  # it says where it lies
  shift
  for subject in words vectors; do
    "$mutant" explain --subject=$subject "$@" >explained
    status=$?
    [ $status = 0 ] || break
  done
  cat explained
  exit $status
}}
case "$*" in
  "axsim "*) shift; exec {build}/bin/axsim "$@" ;;
  "repro --mutant "*) shift 2; explain_mutant "$@" ;;
  "repro "*) shift; exec {build}/bin/axsim explain "$@" ;;
  help | "fuzz --help" | "fuzz --print-subject-flags") exec {root}/run "$@" ;;
esac
echo "./run $* takes too long for a test: docs/not_run.txt has to say where it is run"
exit 2
"""


def make_folder(folder, root, build, compiler):
    for entry in root.iterdir():
        if entry.name not in ("build", "run", ".git"):
            (folder / entry.name).symlink_to(entry)
    (folder / "build/bin").mkdir(parents=True)
    for name, target in (("release", build), ("bin/cc", compiler), ("bin/axsim", build / "bin/axsim")):
        (folder / "build" / name).symlink_to(target)
    (folder / "run").write_text(run_shim(root, shlex.quote(str(build))), encoding="utf-8")
    (folder / "run").chmod(0o755)


def do(folder, command):
    """What is wrong, or None."""
    path = f"{folder / 'build/bin'}:{os.environ['PATH']}"
    try:
        done = subprocess.run(["bash", "-c", command.text], cwd=folder, timeout=LIMIT_SECONDS,
                              env=dict(os.environ, PATH=path, AXPTR_NO_INSTALL="1"), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except subprocess.TimeoutExpired:
        return f"takes more than {LIMIT_SECONDS} s\n$ {command.text}"
    wrong = None
    if command.shown or command.is_strict:
        wrong = difference(command.shown, done.stdout.splitlines())
    if wrong is None and done.returncode != command.status and "|" not in command.text:
        wrong = f"ended with status {done.returncode}, not {command.status}"
    return wrong and f"{wrong}\n$ {command.text}\n{done.stdout}"


def check_code(path, lines):
    """What is wrong, or None."""
    wanted = [line.strip() for line in lines if line.strip()]
    there = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if any(difference(wanted + ["..."], there[at:]) is None for at in range(len(there))):
        return None
    return f"{path.name} has no such lines"


def tests_of(build):
    """The names of the tests of ctest. ctest is called in another folder, because each call overwrites the log of its
    folder, and a ctest in BUILD may be running this test."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "CTestTestfile.cmake").write_text(f'subdirs("{build}")\n', encoding="utf-8")
        listed = subprocess.run(["ctest", "-N"], cwd=folder, stdout=subprocess.PIPE, check=True, text=True)
    return re.findall(r"Test +#\d+: (\S+)", listed.stdout)


class NotRun:
    """The list of commands that are not run."""

    def __init__(self, path):
        self.path, self.patterns, self.reasons = path, [], []
        lines = path.read_text(encoding="utf-8").splitlines() if path else []
        for number, line in enumerate(lines, 1):
            if line.startswith(" "):
                self.reasons.append((number, line.strip()))
            elif line and not line.startswith("#"):
                self.patterns.append([number, picture(line), line, False])

    def has(self, command):
        found = False
        for pattern in self.patterns:
            if pattern[1].fullmatch(command.text):
                pattern[3] = found = True
        return found

    def problems(self, build, all_pages):
        if all_pages:
            for number, _, line, is_used in self.patterns:
                if not is_used:
                    yield f"{self.path}:{number}: no page has such a command: {line}"
        wanted = [(number, name) for number, reason in self.reasons
                  for name in re.findall(r"ctest -R ([\w.-]*\w)", reason)]
        if not wanted:
            return
        tests = tests_of(build)
        for number, name in wanted:
            if not any(name in test for test in tests):
                yield f"{self.path}:{number}: ctest has no test {name}"


class Runner:

    def __init__(self, arguments):
        self.root, self.build = arguments.root.resolve(), arguments.build.resolve()
        self.compiler = arguments.cc
        self.not_run = NotRun(arguments.not_run)
        self.commands = 0

    def page(self, path):
        """Yields the problems of the page."""
        code = None
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            make_folder(folder, self.root, self.build, self.compiler)
            for number, part in parts_of(path.read_text(encoding="utf-8")):
                if isinstance(part, str):
                    kind, what = HIDDEN.match(part).groups()
                    if kind == "code":
                        code = self.root / what
                        continue
                    commands = [Command(number, what, [], False)]
                else:
                    commands = commands_of(number, part)
                for command in commands:
                    if self.not_run.has(command):
                        continue
                    self.commands += 1
                    wrong = do(folder, command)
                    if wrong is not None:
                        yield f"{path}:{command.number}: {wrong}"
                if not commands and code:
                    wrong = check_code(code, part)
                    if wrong is not None:
                        yield f"{path}:{number}: {wrong}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cc", default="/usr/bin/cc")
    parser.add_argument("--not-run", type=pathlib.Path)
    parser.add_argument("pages", type=pathlib.Path, nargs="*")
    arguments = parser.parse_args()
    runner = Runner(arguments)
    pages = arguments.pages
    if not pages:
        listed = subprocess.run(["git", "-C", runner.root, "ls-files", "--cached", "--others", "--exclude-standard",
                                 "*.md"], stdout=subprocess.PIPE, check=True, text=True).stdout
        pages = [path for path in (runner.root / name for name in listed.splitlines()) if path.is_file()]
    problems = [problem for page in pages for problem in runner.page(page)]
    if runner.commands == 0:
        problems.append("no page has a command that is run")
    problems += runner.not_run.problems(runner.build, not arguments.pages)
    for problem in problems:
        print(problem)
    print(f"{len(pages)} pages, {runner.commands} commands run, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
