#!/usr/bin/env python3
"""What ./run test and ./run check say of tests that pass, fail, or are not run."""

import re
import unittest

import fake_tree
import stages

# A log of two suites of GoogleTest, and lines like those that count; what ctest prints.
CTEST = r"""
mkdir -p "build/$2/Testing/Temporary"
printf '[  PASSED  ] 12 tests.\n[  PASSED  ] 1 test.\n[  PASSED  ] no tests.\n x [  PASSED  ] 5 tests.\n' \
  >"build/$2/Testing/Temporary/LastTest.log"
echo "of $2"
echo "99% tests passed, 1 tests failed out of 99"
echo "The following tests did not run:"
echo "	  5 - one.test (Disabled)"
echo "	 16 - another (Skipped)"
echo "	 17 - a third (Failed)"
printf '\377\n' >&2
"""
NOT_RUN = "  not run: one.test (Disabled)\n  not run: another (Skipped)\n"
COUNTS = "99% tests passed, 1 tests failed out of 99 (13 unit tests passed in them), build   N s, test   N s\n"
FIRST = "g++                      "
SECOND = "clang, ASan, UBSan, fuzz "


def without_times(out):
    return re.sub(r"\(\d+ s\)", "(N s)", re.sub(r" +\d+ s\b", "   N s", out))


class TestTest(fake_tree.FakeTree):

    def setUp(self):
        super().setUp()
        self.stub("ctest", CTEST)

    def summary(self, *arguments, **variables):
        """The status, and the summary that ends the output."""
        status, out, _, _ = self.call("test", *arguments, **variables)
        return status, without_times(out).split("\n== Summary (N s)\n")[1]

    def test_the_summary_counts_and_names_what_was_not_run(self):
        self.assertEqual(self.summary(), (0, f"{FIRST}{COUNTS}{NOT_RUN}{SECOND}{COUNTS}{NOT_RUN}All passed.\n"))

    def test_the_output_of_ctest_is_shown_and_kept_unchanged(self):
        out = self.run_it("test")[1]
        for preset in ("release", "fuzz"):
            log = self.read(f"build/{preset}-ctest.log")
            self.assertTrue(log.startswith(f"of {preset}\n99% ") and log.endswith("\udcff\n"), log)
            self.assertIn(f": test\n{log}", out)

    def test_the_first_stage_that_fails_is_the_last(self):
        for preset, expected in (
                ("release", f"{FIRST}{COUNTS}{NOT_RUN}g++: failed\n"),
                ("fuzz", f"{FIRST}{COUNTS}{NOT_RUN}{SECOND}{COUNTS}{NOT_RUN}{SECOND.strip()}: failed\n")):
            self.stub("ctest", f'{CTEST}\n[ "$2" != {preset} ] || exit 8')
            self.assertEqual(self.summary(), (1, expected))

    def test_a_build_that_fails_is_not_tested(self):
        self.stub("cmake", "exit 1", "--build --preset release")
        self.assertEqual(self.summary(), (1, "g++: does not build\n"))
        self.assertEqual(self.started()[-1].split()[:2], ["cmake", "--build"])
        self.stub("cmake", "exit 1", "--build --preset fuzz")
        self.assertEqual(self.summary(), (1, f"{FIRST}{COUNTS}{NOT_RUN}{SECOND.strip()}: does not build\n"))

    def test_a_build_that_cannot_be_configured_has_no_summary(self):
        self.stub("cmake", "echo why; exit 1", "--preset")
        status, out, err, _ = self.call("test")
        self.assertEqual((status, err), (2, "why\n"))
        self.assertNotIn("Summary", out)

    def test_without_a_line_that_counts_ctest_failed(self):
        self.stub("ctest", "echo nothing; exit 1")
        self.assertEqual(self.summary(), (1, f"{FIRST}ctest failed (0 unit tests passed in them), build   N s, "
                                             "test   N s\ng++: failed\n"))
        self.without("ctest")
        status, out, err, _ = self.call("test")
        self.assertEqual((status, err), (1, "./run: ctest: No such file or directory\n"))
        self.assertTrue(out.endswith("\ng++: failed\n"), out)


class CheckTest(fake_tree.FakeTree):

    def check(self):
        status, out, _, started = self.call("check")
        parts = [line for line in started if line.startswith("./run ")]
        self.assertEqual(parts, [f"./run {part}" for part in stages.PARTS_OF_CHECK])
        return status, without_times(out).split("\n== Check (N s)\n")[1]

    def test_each_part_runs_and_those_that_failed_are_named(self):
        for failing, expected in (("", (0, "All passed.\n")),
                                  ("test|ring0*", (1, "failed: ./run test\nfailed: ./run ring0\n"
                                                      "failed: ./run ring0 --random=10000\n")),
                                  ("fuzz*", (1, "failed: ./run fuzz 300\n"))):
            self.stub("./run", f'case "$*" in {failing or "none"}) exit 2 ;; esac')
            self.assertEqual(self.check(), expected)

    def test_tests_that_were_not_run_are_named(self):
        self.stub("./run", "echo 'not run: AFL++' >build/afl-not-run\n"
                           "echo 'not run: a machine' >build/emulated-not-run")
        self.assertEqual(self.check(), (0, "not run: a machine\nnot run: AFL++\nAll passed.\n"))


if __name__ == "__main__":
    unittest.main()
