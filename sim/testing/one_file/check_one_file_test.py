#!/usr/bin/env python3
"""check_one_file.py names what one file would hide, and accepts everything else."""

import os
import subprocess
import sys
import tempfile
import unittest

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "check_one_file.py")
HEADER = '''namespace lib {
inline constexpr int kMost = 1;
struct Op {
  int size;
};
inline int Twice(int value) {
  return 2 * value;
}
using Bytes = int;
}  // namespace lib
'''


def source(unnamed, rest, include="lib/a.h"):
    return f'#include "{include}"\n\nnamespace lib {{\nnamespace {{\n\n{unnamed}\n\n}}  // namespace\n\n{rest}\n}}  // namespace lib\n'


USES_MOST = source("int Sum() { return kMost; }", "")
# First file, second file, what is said of them; "" if nothing.
CASES = (
    ("constexpr int kMost = 2;", USES_MOST, "lib/first.cc:6: kMost hides that of lib/a.h from lib/second.cc"),
    ("struct Op {\n  int other;\n};", source("int Size(const Op& op) { return op.size; }", ""), "Op hides that of lib/a.h"),
    ("int Twice(int value) {\n  return value;\n}", source("int Sum() { return Twice(1); }", ""), "Twice hides that of lib/a.h"),
    ("using Bytes = long;", source("int Sum() { return Bytes(); }", ""), "Bytes hides that of lib/a.h"),
    ("constexpr int kMost = 2;", source("int Sum() { return kMost; }", "", include="lib/above.h"), "kMost hides"),
    # Another name, a name that is not used, a member, a comment, a name of its own, and a file that does not see it.
    ("constexpr int kLeast = 2;", USES_MOST, ""),
    ("constexpr int kMost = 2;", source("int Sum() { return 1; }  // kMost", ""), ""),
    ("constexpr int kMost = 2;", source("int Sum(T t) { return t.kMost + T::kMost; }", ""), ""),
    ("constexpr int kMost = 2;", source("constexpr int kMost = 3;\nint Sum() { return kMost; }", ""), ""),
    ("constexpr int kMost = 2;", source("int Sum() { return kMost; }", "", include="lib/none.h"), ""),
)


class OneFile(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.write("lib/a.h", HEADER)
        self.write("lib/above.h", '#include "lib/a.h"\n')
        self.write("lib/none.h", "")

    def write(self, name, text):
        os.makedirs(os.path.dirname(os.path.join(self.root, name)), exist_ok=True)
        with open(os.path.join(self.root, name), "w", encoding="utf-8") as file:
            file.write(text)

    def check(self, *files):
        return subprocess.run([sys.executable, TOOL, self.root, *files], capture_output=True, text=True, check=False)

    def test_each_case(self):
        for unnamed, second, said in CASES:
            with self.subTest(unnamed=unnamed, second=second):
                self.write("lib/first.cc", source(unnamed, ""))
                self.write("lib/second.cc", second)
                ended = self.check("lib/first.cc", "lib/second.cc")
                self.assertEqual(ended.returncode, 1 if said else 0, ended.stdout)
                self.assertIn(said or "2 files, 0 mistakes", ended.stdout)

    def test_arguments_that_are_wrong(self):
        self.assertEqual(self.check().returncode, 2)
        ended = self.check("lib/nothing.cc")
        self.assertEqual((ended.returncode, ended.stderr), (2, f"lib/nothing.cc: no file of {self.root}\n"))


if __name__ == "__main__":
    unittest.main()
