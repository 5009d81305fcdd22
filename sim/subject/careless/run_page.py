#!/usr/bin/env python3
"""Does what a page of docs/ shows: every command in it, in order, and compares what comes with what is shown.

    run_page.py --root ROOT --axsim PROGRAM --cc COMPILER PAGE

A block of lines that are indented by four blanks is a session, if it has lines `$ COMMAND`, and what follows such a
line is what the command writes. `...` stands for any lines, at the end of a line for the rest of it. A command that
shows nothing writes nothing and has status 0; one that shows something has any status. Any other block is code: of
careless.c, in which its lines stand in this order, side by side but for `...`.

Commands run in a folder that looks like ROOT and is thrown away. In it `build/release/bin/axsim` is PROGRAM, `cc` is
COMPILER, and `./run axsim` calls PROGRAM without building it. Exit status: 0 all is so, 1 it is not.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

INDENT = "    "


def blocks_of(text):
    """Pairs of the number of the first line and the lines, for each indented block."""
    found, block = [], []
    for number, line in enumerate(text.splitlines() + ["end"], 1):
        if line.startswith(INDENT) or (block and not line.strip()):
            block.append((number, line[len(INDENT):]))
            continue
        while block and not block[-1][1].strip():
            block.pop()
        if block:
            found.append((block[0][0], [line for _, line in block]))
        block = []
    return found


def is_like(shown, line):
    return line.startswith(shown[:-3]) if shown.endswith("...") else line == shown


def difference(shown, lines):
    """What is wrong with `shown` as a picture of `lines`; None: nothing."""
    at, may_skip = 0, False
    for one in shown:
        if one.strip() == "...":
            may_skip = True
            continue
        while may_skip and at < len(lines) and not is_like(one, lines[at]):
            at += 1
        if at == len(lines) or not is_like(one, lines[at]):
            return f"shows another line than came: {one}"
        at, may_skip = at + 1, False
    if at < len(lines) and not may_skip:
        return f"does not show all that came: {lines[at]}"
    return None


def make_folder(folder, root, axsim, compiler):
    for entry in root.iterdir():
        if entry.name not in ("build", "run", ".git"):
            (folder / entry.name).symlink_to(entry)
    for path, program in (("build/release/bin/axsim", axsim), ("build/bin/cc", compiler)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).symlink_to(program)
    (folder / "run").write_text('#!/bin/sh\ntest "$1" = axsim && shift && exec build/release/bin/axsim "$@"\n')
    (folder / "run").chmod(0o755)


def run_session(folder, lines):
    """What is wrong, or None."""
    commands = []
    for line in lines:
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif commands:
            commands[-1][1].append(line)
    path = f"{folder / 'build/bin'}:{os.environ['PATH']}"
    for command, shown in commands:
        done = subprocess.run(["bash", "-c", command], cwd=folder, env=dict(os.environ, PATH=path),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        wrong = difference(shown, done.stdout.splitlines())
        if wrong is None and not shown and done.returncode != 0:
            wrong = f"ended with status {done.returncode}"
        if wrong is not None:
            return f"{wrong}\n$ {command}\n{done.stdout}"
    return None


def check_code(source, lines):
    """What is wrong, or None."""
    wanted = [line.strip() for line in lines if line.strip()]
    there = [line.strip() for line in source.splitlines() if line.strip()]
    if any(difference(wanted + ["..."], there[at:]) is None for at in range(len(there))):
        return None
    return "careless.c has no such lines"


def main():
    parser = argparse.ArgumentParser()
    for name in ("--root", "--axsim", "--cc"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    parser.add_argument("page", type=pathlib.Path)
    arguments = parser.parse_args()
    root, axsim = arguments.root.resolve(), arguments.axsim.resolve()
    source = pathlib.Path(__file__).with_name("careless.c").read_text()
    sessions = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_folder(folder, root, axsim, arguments.cc)
        for number, lines in blocks_of(arguments.page.read_text()):
            is_session = any(line.startswith("$ ") for line in lines)
            sessions += is_session
            wrong = run_session(folder, lines) if is_session else check_code(source, lines)
            if wrong is not None:
                print(f"{arguments.page}:{number}: {wrong}")
                return 1
    if sessions == 0:
        print(f"{arguments.page}: has no command")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
