#!/usr/bin/env python3
"""join_tests.py: the joined file compiles, and means what its files mean."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "join_tests.py")
# Both files use the same names, with different meanings; each returns 0 if it sees its own.
FILE = '''{include}
namespace lib {{
namespace {{

#define CODE(x) \\
  (x + {value})
constexpr int kMost = {value};
struct Case {{
  int a[{value}];
}};
int Sum() {{ return kMost + CODE(0); }}

}}  // namespace

int {name}() {{
  return 0;
}}

namespace {{
int Rest() {{ return Sum() == 2 * {value} && sizeof(Case) == {value} * sizeof(int) ? 0 : 1; }}
struct Caller {{
  Caller() {{ g_wrong += Rest(); }}
}} const g_caller;
}}  // namespace

}}  // namespace lib
'''
HEAD = "namespace lib { inline int g_wrong; }\n"
MAIN = "int main() { return lib::g_wrong + lib::First() + lib::Second(); }\n"


class JoinTestsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.joined = os.path.join(self.folder, "joined.cc")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def join(self, *names):
        return subprocess.run([TOOL, self.joined, self.folder, *names], stderr=subprocess.PIPE, text=True, check=False)

    def compile(self):
        compiler = shutil.which("g++") or shutil.which("clang++-19")
        return subprocess.run([compiler, "-std=c++20", "-Wall", "-Wextra", "-Wshadow", "-Werror", self.joined,
                               "-o", os.path.join(self.folder, "program")], stderr=subprocess.PIPE, text=True, check=False)

    def test_files_with_the_same_names_keep_their_own(self):
        self.write("first_test.cc", HEAD + FILE.format(include="", value=3, name="First"))
        self.write("second_test.cc", FILE.format(include="", value=5, name="Second") + MAIN)
        self.assertEqual(self.join("first_test.cc", "second_test.cc").returncode, 0)
        compiled = self.compile()
        self.assertEqual(compiled.returncode, 0, compiled.stderr)
        self.assertEqual(subprocess.run([os.path.join(self.folder, "program")], check=False).returncode, 0)

    def test_a_mistake_is_reported_at_its_line_of_its_file(self):
        self.write("first_test.cc", "namespace lib {\nnamespace {\n}  // namespace\n}\nint g_rest;\n")
        self.write("a/second_test.cc", "namespace {\nint Value() { return no_such_name; }\n}  // namespace\n")
        self.assertEqual(self.join("first_test.cc", "a/second_test.cc").returncode, 0)
        self.assertIn("a/second_test.cc:2:", self.compile().stderr)

    def test_a_file_whose_namespaces_are_not_recognised_is_refused(self):
        self.write("first_test.cc", "namespace {\nint g_rest;\n}\n")
        done = self.join("first_test.cc")
        self.assertEqual(done.returncode, 1)
        self.assertIn('first_test.cc: 1 lines "namespace {", 0 lines "}  // namespace"', done.stderr)
        self.assertFalse(os.path.exists(self.joined))

    def test_a_file_that_is_missing_is_named(self):
        done = self.join("no_such_test.cc")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no_such_test.cc", done.stderr)

    def test_two_files_of_one_name_are_refused(self):
        for name in ("a/first_test.cc", "b/first_test.cc"):
            self.write(name, "namespace {\n}  // namespace\n")
        done = self.join("a/first_test.cc", "b/first_test.cc")
        self.assertEqual((done.returncode, done.stderr), (1, "join_tests.py: two files are named first_test.cc\n"))

    def test_wrong_arguments_have_a_status_of_their_own(self):
        self.assertEqual(self.join().returncode, 2)


if __name__ == "__main__":
    sys.exit(unittest.main())
