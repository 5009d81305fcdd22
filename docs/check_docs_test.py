#!/usr/bin/env python3
"""check_docs.py finds no problem in a small correct tree, and reports each mistake that is put into it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parent / "check_docs.py"
AXSIM = '{.name = "run"}, {"format", "text"}\n'
COMMANDS = '    Command("test", "[--quick]",\n'
PAGE = """# A page

## What is `here`, and there

[itself](#what-is-here-and-there), [the other](docs/other.md#top), [a folder](docs), [the net](https://example.org/x).
`[no link](nowhere.md)`

    ./run test --quick
    docs/tool.sh FILE
    build/release/bin/axsim run --format=text FILE

What axsim does: `axsim run`.
"""

# For each mistake: the replaced text, the replacement, and the expected message.
MISTAKES = (
    ("docs/other.md#top", "docs/another.md", "README.md:5: leads to no file: docs/another.md"),
    ("docs/other.md#top", "docs/other.md#bottom", "README.md:5: leads to no heading: docs/other.md#bottom"),
    ("#what-is-here-and-there", "#what-is-there", "README.md:5: leads to no heading: #what-is-there"),
    ("./run test", "./run tests", "README.md:8: ./run has no command tests"),
    ("--quick", "--quickly", "README.md:8: ./run test: no script or source has --quickly"),
    ("`axsim run`", "`axsim walk`", "README.md:12: axsim has no command walk"),
    ("--format", "--shape", "README.md:10: axsim run: no script or source has --shape"),
    ("docs/tool.sh", "docs/tools.sh", "README.md:9: there is no docs/tools.sh"),
)


class CheckDocs(unittest.TestCase):

    def said(self, page):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for folder in (".ci/commands", "docs", "sim/cli/commands"):
                (root / folder).mkdir(parents=True)
            for name, text in ((".ci/commands/table.py", COMMANDS), ("README.md", page), ("docs/other.md", "# Top\n"),
                               ("docs/tool.sh", ""), ("sim/cli/commands/commands.cc", AXSIM)):
                (root / name).write_text(text, encoding="ascii")
            subprocess.run(["git", "-C", root, "init", "-q"], check=True)
            done = subprocess.run([sys.executable, TOOL, "--root", root], stdout=subprocess.PIPE, text=True,
                                  check=False)
            return done.returncode, done.stdout

    def test_a_correct_tree_passes(self):
        self.assertEqual(self.said(PAGE), (0, "2 pages, 0 problems\n"))

    def test_each_mistake_is_named(self):
        for right, wrong, expected in MISTAKES:
            with self.subTest(wrong=wrong):
                self.assertIn(right, PAGE)
                self.assertEqual(self.said(PAGE.replace(right, wrong)), (1, f"{expected}\n2 pages, 1 problems\n"))


if __name__ == "__main__":
    unittest.main()
