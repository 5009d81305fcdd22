#!/usr/bin/env python3
"""Parsing the command line of ./run fuzz."""

import os
import subprocess
import sys
import tempfile
import unittest

import options


class OptionsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        os.mkdir(os.path.join(self.folder.name, "bin"))
        for name in ("scenario", "check", "canary"):
            open(os.path.join(self.folder.name, "bin", name + "_fuzzer"), "w", encoding="utf-8").close()

    def parse(self, *arguments):
        return options.parse(list(arguments), options.known_targets(self.folder.name))

    def test_an_option_that_is_not_given_has_a_default(self):
        parsed = self.parse()
        self.assertEqual((parsed.seconds, parsed.targets, parsed.engine, parsed.runs, parsed.corpus),
                         (60, None, "libfuzzer", None, None))
        self.assertEqual(parsed.jobs, os.cpu_count())

    def test_each_way_to_say_it(self):
        for arguments, seconds, targets in (
                (["300"], 300, None),
                (["--minutes=2"], 120, None),
                (["check"], 60, ["check_fuzzer"]),
                (["check_fuzzer"], 60, ["check_fuzzer"]),
                (["7", "check", "scenario"], 7, ["check_fuzzer", "scenario_fuzzer"]),
                (["--target=check", "--target=scenario"], 60, ["check_fuzzer", "scenario_fuzzer"]),
                (["--target", "check", "7", "scenario", "check"], 7, ["check_fuzzer", "scenario_fuzzer"]),
                (["7", "check", "--jobs=3"], 7, ["check_fuzzer"])):
            with self.subTest(arguments=arguments):
                parsed = self.parse(*arguments)
                self.assertEqual((parsed.seconds, parsed.targets), (seconds, targets))

    def test_values_are_kept(self):
        parsed = self.parse("--jobs=3", "--corpus=there", "--engine=afl", "--runs=5", "--subject=./a.so",
                            "--contract=linux", "--require=loads,flag")
        self.assertEqual((parsed.jobs, parsed.corpus, parsed.engine, parsed.runs, parsed.subject,
                          parsed.contract, parsed.require),
                         (3, "there", "afl", 5, "./a.so", "linux", "loads,flag"))

    def test_wrong_arguments_are_named(self):
        for arguments, message in (
                (["--speed=9"], "unrecognized arguments: --speed=9"),
                (["--minute=9"], "unrecognized arguments: --minute=9"),  # no abbreviation
                (["--minutes=0"], "0: expected a whole number from 1 on"),
                (["--minutes=1.5"], "1.5: expected a whole number from 1 on"),
                (["--minutes"], "--minutes: expected one argument"),
                (["--jobs=many"], "many: expected a whole number from 1 on"),
                (["--runs=-1"], "-1: expected a whole number from 1 on"),
                (["--runs=9999999999"], "9999999999: expected a whole number"),
                (["0"], "0: expected a whole number from 1 on"),
                (["10s"], "10s: expected a whole number from 1 on"),
                (["--minutes=1", "60"], "--minutes=1 and 60 seconds: expected one of them"),
                (["--engine=honggfuzz"], "invalid choice: 'honggfuzz'"),
                (["chek"], 'no target "chek": expected some of canary, check, scenario'),
                (["--target=text"], 'no target "text": expected some of canary, check, scenario'),
                (["check", "60"], 'no target "60"')):
            with self.subTest(arguments=arguments), self.assertRaises(options.Unusable) as raised:
                self.parse(*arguments)
            self.assertIn(message, str(raised.exception))


class ProgramTest(unittest.TestCase):
    def run_program(self, *arguments):
        return subprocess.run([sys.executable, options.__file__, *arguments], capture_output=True, text=True,
                              check=False)

    def test_it_prints_the_engine(self):
        self.assertEqual(self.run_program("5", "canary").stdout, "libfuzzer\n")
        self.assertEqual(self.run_program("--engine", "afl").stdout, "afl\n")

    def test_wrong_arguments_are_reported_before_a_build(self):
        done = self.run_program("5", "chek")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn('no target "chek": expected some of canary, check, copy', done.stderr)


if __name__ == "__main__":
    unittest.main()
