#!/usr/bin/env python3
"""tidy.py chooses the right files and commands, and tells findings from files that were not judged. clang-tidy is a
script here."""

import contextlib
import io
import subprocess
import tempfile
import unittest
from pathlib import Path

import tidy

# Prints the text after "//say " in the file, and ends with the status after "//status ".
CLANG_TIDY = """#!/bin/sh
for file in "$@"; do :; done
sed -n "s|^//say ||p" "$file" | sed "s|ROOT|$PWD|"
exit "$(sed -n 's|^//status ||p' "$file")"
"""
FILES = {
    "a/clean.cc": '#include "a/own.h"\n//status 0\n',
    "a/narrow.cc": "//say ROOT/a/narrow.cc:3:1: warning: narrowing [bugprone-x]\n//say     3 | code\n"
                   "//say ROOT/a/own.h:1:1: warning: by value [performance-y]\n//say     1 | header\n"
                   "//say 5 warnings generated.\n//status 0\n",
    "a/own.cc": '#include "a/own.h"\n//say ROOT/a/own.h:1:1: warning: by value [performance-y]\n//say     1 | header\n'
                "//status 0\n",
    "a/fails.cc": "//say ROOT/a/fails.cc:1:2: error: no such type [clang-diagnostic-error]\n//status 1\n",
    "a/crashes.cc": "//say Stack dump:\n//status 139\n",
    "a/silent.cc": "//status 1\n",
    "a/own.h": "",
    "a/lonely.h": "",
}


class Tidy(unittest.TestCase):

    def setUp(self):
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        subprocess.run(["git", "init", "-q", self.root], check=True)
        for name, text in FILES.items():
            path = self.root / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="ascii")
        self.clang_tidy = self.root / "clang-tidy"
        self.clang_tidy.write_text(CLANG_TIDY, encoding="ascii")
        self.clang_tidy.chmod(0o755)

    def run_on(self, *names):
        """(exit status, output) of a run over these files."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            findings, not_judged = tidy.check_all(names, self.root, self.root, self.clang_tidy, 1)
            status = tidy.report(findings, not_judged, len(names))
        return status, said.getvalue()

    def test_clean_files_end_with_status_0(self):
        status, said = self.run_on("a/clean.cc")
        self.assertEqual(status, 0)
        self.assertIn("a/clean.cc: clean\n", said)
        self.assertIn("clang-tidy: 1 files, 0 findings, 0 not judged", said)

    def test_a_finding_gives_status_1_and_is_printed_last_with_its_code(self):
        status, said = self.run_on("a/narrow.cc", "a/clean.cc")
        self.assertEqual(status, 1)
        end = said[said.rindex("a/clean.cc: clean"):]
        self.assertIn("a/narrow.cc:3:1: narrowing [bugprone-x]\n    3 | code\n", end)
        self.assertNotIn("generated", end)

    def test_a_finding_in_a_header_counts_once(self):
        status, said = self.run_on("a/narrow.cc", "a/own.cc")
        self.assertEqual(status, 1)
        self.assertIn("2 files, 2 findings", said)

    def test_a_compiler_error_is_a_finding(self):
        status, said = self.run_on("a/fails.cc")
        self.assertEqual(status, 1)
        self.assertIn("a/fails.cc:1:2: no such type [clang-diagnostic-error]", said)

    def test_a_crash_and_an_error_without_a_finding_are_not_judged(self):
        for name in ("a/crashes.cc", "a/silent.cc"):
            with self.subTest(name):
                status, said = self.run_on(name, "a/narrow.cc")
                self.assertEqual(status, 2)
                self.assertIn(f"not judged: {name}\n", said)
        self.assertIn("Stack dump:", self.run_on("a/crashes.cc")[1])

    def test_findings_are_in_the_order_of_their_lines(self):
        titles = ["a/b.cc:10:1: x", "a/b.cc:9:1: x", "a/a.cc:99:1: x"]
        self.assertEqual(sorted(titles, key=tidy.place_of), titles[::-1])

    def test_all_source_files_are_chosen_without_headers(self):
        self.assertEqual(tidy.sources(self.root), sorted(name for name in FILES if name.endswith(".cc")))

    def test_a_header_is_checked_through_its_own_file_or_another_that_includes_it(self):
        names = tidy.sources(self.root)
        self.assertEqual(tidy.chosen(self.root, [str(self.root / "a/own.h")], names), ["a/own.cc"])
        (self.root / "a/own.cc").unlink()
        self.assertEqual(tidy.chosen(self.root, [str(self.root / "a/own.h")], tidy.sources(self.root)), ["a/clean.cc"])

    def test_what_cannot_be_checked_is_refused_by_name(self):
        for name in ("a/lonely.h", "a/absent.cc", "clang-tidy", "../outside.cc"):
            with self.subTest(name), self.assertRaisesRegex(tidy.Unusable, name):
                tidy.chosen(self.root, [str(self.root / name)], tidy.sources(self.root))

    def test_a_command_is_what_clang_compiles_for_this_machine(self):
        for command, expected in (
                ("/usr/bin/clang++-19 -O1 -c x.cc", ["/usr/bin/clang++-19", "-O1", "-c", "x.cc"]),
                ("cd /b && env A=b /usr/bin/ccache clang++ -DX=\\\"y\\\" -c x.cc -o x.o && true",
                 ["clang++", '-DX="y"', "-c", "x.cc", "-o", "x.o"]),
                ("cd /b && g++ -c x.cc", None),
                ("clang++-19 x.o -o x", None)):
            with self.subTest(command):
                self.assertEqual(tidy.compiler_arguments(command), expected)

    def test_the_first_command_of_a_file_counts_and_none_for_another_processor(self):
        known = {}
        tidy.add_commands(known, [
            {"directory": "/b", "command": "clang++-19 --target=aarch64-linux-gnu -c ../r/x.cc"},
            {"directory": "/b", "command": "clang++-19 -O1 -c ../r/x.cc"},
            {"directory": "/b", "command": "clang++-19 -O2 -c /r/x.cc"}])
        self.assertEqual(known, {"/r/x.cc": {
            "directory": "/b", "file": "/r/x.cc", "arguments": ["clang++-19", "-O1", "-c", "../r/x.cc"]}})

    def test_what_is_not_checked_exists(self):
        for name in tidy.NOT_CHECKED:
            self.assertTrue((tidy.ROOT / name).exists(), name)


if __name__ == "__main__":
    unittest.main()
