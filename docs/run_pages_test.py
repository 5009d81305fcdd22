#!/usr/bin/env python3
"""run_pages.py finds no problem in a small correct page, and reports each mistake that is put into it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parent / "run_pages.py"
# A fake axsim: it has options, prints a time that differs in each run, and ends with a status.
AXSIM = """#!/bin/sh
[ "$1" != --mistake ] || exit 2
echo "ran $*"
[ ! -e FILE ] || echo "in $$ ms"
[ "$1" = pass ]
"""
PAGE = """# A page
<!-- before: touch FILE -->

    axsim pass --option  # a comment
    ./run test           # takes long

    build/release/bin/axsim pass \\
      one two

    ran pass one two
    in ... ms

```
$ axsim fail; true
...
in ... ms
$ axsim fail  # status 1
ran fail
...
$ touch other
$ axsim fail | grep -c nothing
0
```

<!-- code: source.c -->

    first();
    ...
    third();
"""
NOT_RUN = """# What is not run.
./run te...
  takes long: ctest -R page_test
"""

# For each mistake in the page or in the list: the replaced text, the replacement, and the expected message.
MISTAKES = (
    ("ran fail\n", "ran well\n", "README.md:17: shows another line than came: ran well"),
    ("ran fail\n...\n", "ran fail\n", "README.md:17: does not show all that came: in "),
    ("    in ... ms", "    in ... s", "README.md:7: shows another line than came: in ... s"),
    ("axsim pass --option", "axsim --mistake", "README.md:4: ended with status 2, not 0"),
    ("  # status 1", "", "README.md:17: ended with status 1, not 0"),
    ("  # status 1", "  # status 3", "README.md:17: ended with status 1, not 3"),
    ("touch other", "echo other", "README.md:20: does not show all that came: other"),
    ("axsim pass --option", "build/no_such_program", "README.md:4: ended with status 127, not 0"),
    ("./run test ", "./run bench ", "README.md:5: ended with status 2, not 0"),
    ("touch FILE", "cp none FILE", "README.md:2: ended with status 1, not 0"),
    ("third()", "fourth()", "README.md:27: source.c has no such lines"),
    ("./run te...\n", "./run te...\n./run more\n", "not_run.txt:3: no page has such a command: ./run more"),
    ("page_test", "other_test", "not_run.txt:3: ctest has no test other_test"),
)


class RunPages(unittest.TestCase):

    def said(self, page, not_run):
        with tempfile.TemporaryDirectory() as name:
            root, build = Path(name) / "root", Path(name) / "build"
            (build / "bin").mkdir(parents=True)
            root.mkdir()
            for path, text in ((root / "README.md", page), (root / "not_run.txt", not_run),
                               (root / "source.c", "void f() {\n  first();\n  second();\n  third();\n}\n"),
                               (build / "bin/axsim", AXSIM),
                               (build / "CTestTestfile.cmake", "add_test(page_test true)")):
                path.write_text(text, encoding="ascii")
            (build / "bin/axsim").chmod(0o755)
            subprocess.run(["git", "-C", root, "init", "-q"], check=True)
            done = subprocess.run([sys.executable, TOOL, "--root", root, "--build", build, "--not-run",
                                   root / "not_run.txt"], stdout=subprocess.PIPE, text=True, check=False)
            return done.returncode, done.stdout.replace(f"{root.resolve()}/", "")

    def test_a_correct_page_passes(self):
        self.assertEqual(self.said(PAGE, NOT_RUN), (0, "1 pages, 7 commands run, 0 problems\n"))

    def test_each_mistake_is_named(self):
        for right, wrong, expected in MISTAKES:
            with self.subTest(right=right, wrong=wrong):
                self.assertEqual((PAGE + NOT_RUN).count(right), 1)
                status, said = self.said(PAGE.replace(right, wrong), NOT_RUN.replace(right, wrong))
                self.assertEqual(status, 1, said)
                self.assertTrue(said.startswith(expected), said)

    def test_a_tree_without_commands_is_a_mistake(self):
        self.assertEqual(self.said("text\n", ""), (1, "no page has a command that is run\n"
                                                      "1 pages, 0 commands run, 1 problems\n"))


if __name__ == "__main__":
    unittest.main()
