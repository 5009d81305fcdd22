#!/usr/bin/env python3
"""Checks the text of the tree: check_docs.py [--root FOLDER]

In every Markdown file: the target file of each link exists, and has the heading of the anchor. In every
Markdown file and workflow: each `./run NAME` is a command of ./run, each `axsim NAME` a command of axsim, and each
--option after these occurs in the scripts and sources of the tree. A script of the tree that a command line starts
exists. Files under build/ are not in the tree. Exit status: 1 a problem was found and printed.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

LINK = re.compile(r"\[[^\]\[]*\]\(([^()\s]+)\)")
COMMAND = re.compile(r"(?<![\w/.])\./run ([a-z0-9-]+)([^`\n|#]*)")
AXSIM = re.compile(r"(?<![\w-])axsim ([a-z0-9]+)(?![\w_])([^`\n|#]*)")
CODE = re.compile(r"`[^`\n]*`|^ {4}.*")
OPTION = re.compile(r"(?<=\s)(--[a-z][a-z-]*)")
# A line of code that starts a script of the tree.
SCRIPT = re.compile(r"^ {4,}(?:[A-Z_]+=\S+ )*((?:axptr|bench|corpus|docs|fuzz|package|sim)/[\w/.-]+)(?= |$)")
SOURCES = ("*.sh", "*.py", "*.cc", "*.h")


def tracked(root, *patterns):
    listed = subprocess.run(["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--",
                             *patterns], stdout=subprocess.PIPE, check=True, text=True).stdout
    return [root / name for name in listed.split("\0") if name and (root / name).is_file()]


def without_code(text):
    """The text without fenced blocks and quoted code. Line numbers do not change."""
    text = re.sub(r"^```.*?^```", lambda found: "\n" * found[0].count("\n"), text, flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(path):
    """The anchors that GitHub generates for the headings of a file."""
    found = set()
    for heading in re.findall(r"^#+ +(.*)$", path.read_text(encoding="utf-8"), flags=re.M):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower().strip()
        found.add(re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", words)))
    return found


def check_links(path, text):
    for number, line in enumerate(without_code(text).splitlines(), 1):
        for link in LINK.findall(line):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            if not target.exists():
                yield number, f"leads to no file: {link}"
            elif anchor and target.suffix == ".md" and anchor not in anchors(target):
                yield number, f"leads to no heading: {link}"


class Commands:
    """The commands of ./run and axsim, and the options that occur in the sources."""

    def __init__(self, root):
        self.root = root
        front = (root / ".ci/commands/table.py").read_text(encoding="utf-8")
        self.names = {"help"} | set(re.findall(r'^ +Command\("([a-z0-9-]+)"', front, flags=re.M))
        table = root / "sim/cli/commands/commands.cc"
        self.axsim = {"help"} | set(re.findall(r'\.name = "([a-z0-9]+)"', table.read_text(encoding="utf-8")))
        self.sources = "\n".join(path.read_text(encoding="utf-8", errors="replace")
                                 for path in tracked(root, *SOURCES))

    def check(self, text):
        for number, line in enumerate(text.splitlines(), 1):
            found = [("./run", self.names, *command) for command in COMMAND.findall(line)]
            for code in CODE.findall(line):
                found += [("axsim", self.axsim, *command) for command in AXSIM.findall(code.split(" # ")[0])]
            for program, names, name, arguments in found:
                if name not in names:
                    yield number, f"{program} has no command {name}"
                for option in OPTION.findall(arguments):
                    # The option occurs literally, or as a name in a table.
                    if option not in self.sources and f'"{option[2:]}"' not in self.sources:
                        yield number, f"{program} {name}: no script or source has {option}"
            script = SCRIPT.match(line)
            if script and not (self.root / script[1]).exists():
                yield number, f"there is no {script[1]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--root", default=Path(__file__).resolve().parent.parent, type=Path)
    root = parser.parse_args().root.resolve()
    commands = Commands(root)
    pages = tracked(root, "*.md")
    count = 0
    for path in pages + tracked(root, ".github/workflows/*.yml"):
        text = path.read_text(encoding="utf-8")
        problems = list(commands.check(text))
        if path in pages:
            problems += check_links(path, text)
        for number, problem in sorted(problems):
            print(f"{path.relative_to(root)}:{number}: {problem}")
        count += len(problems)
    print(f"{len(pages)} pages, {count} problems")
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
