#!/usr/bin/env python3
"""Parsing the log of a target."""

import os
import tempfile
import unittest

import engine

STATUS_LINE = "#992157\tDONE   cov: 4307 ft: 4346 corp: 1237/80Kb lim: 1600 exec/s: 17717 rss: 103Mb\n"


class LogTest(unittest.TestCase):
    def log(self, text):
        file = tempfile.NamedTemporaryFile("w", suffix=".log", encoding="utf-8")
        self.addCleanup(file.close)
        file.write(text)
        file.flush()
        return file.name

    def test_the_last_status_counts(self):
        text = "#2\tINITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 37Mb\n" + STATUS_LINE
        self.assertEqual(engine.status_of_log(self.log(text)), (992157, 17717, 4307, 1237))

    def test_finds_the_status_before_a_long_dictionary(self):
        words = '"abcdefghijklm\\000abcdefghijklm" # Uses: 311\n' * 3000
        text = STATUS_LINE + words + "stat::number_of_executed_units: 992160\n"
        self.assertEqual(engine.status_of_log(self.log(text)), (992160, 17717, 4307, 1237))

    def test_an_empty_log_says_nothing(self):
        self.assertEqual(engine.status_of_log(self.log("")), (0, 0, 0, 0))

    def test_bytes_that_are_no_text_do_no_harm(self):
        file = self.log("")
        with open(file, "wb") as log:
            log.write(b"\xff\xfe#7\n" + STATUS_LINE.encode())
        self.assertEqual(engine.status_of_log(file).executions, 992157)

    def test_a_finding_is_named(self):
        for status, text, name in (
                (77, "x\nVIOLATION access.result op=4\nVIOLATION flag.stuck op=5\nSUMMARY: libFuzzer: deadly signal\n",
                 "access.result"),
                (77, "SUMMARY: AddressSanitizer: stack-overflow in f\n",
                 "crash: AddressSanitizer: stack-overflow in f"),
                (2, "This target cannot run so\n", "unusable"),
                (3, "not judged: flag\n", "not judged"),
                (-9, "", "crash")):
            with self.subTest(text=text):
                self.assertEqual(engine.finding(status, text), name)

    def test_an_interrupt_and_an_end_are_no_crash(self):
        self.assertFalse(engine.has_crashed(0, STATUS_LINE))
        self.assertFalse(engine.has_crashed(72, "==1== libFuzzer: run interrupted; exiting\n"))
        self.assertFalse(engine.has_crashed(-2, ""))  # SIGINT
        self.assertTrue(engine.has_crashed(77, ""))
        self.assertTrue(engine.has_crashed(-9, ""))

    def test_a_target_that_executes_nothing_is_a_finding(self):
        self.assertTrue(engine.has_crashed(0, "INFO: no such flag\n"))
        self.assertEqual(engine.finding(0, ""), "nothing was executed")

    def test_the_crash_file_is_the_last_one(self):
        self.assertEqual(engine.crash_file("artifact_prefix='c/'; Test unit written to c/crash-1\n"), "c/crash-1")
        self.assertEqual(engine.crash_file("no such line\n"), "")

    def test_operations_not_judged_are_reported_once(self):
        text = ("not judged: faults: none here (facet faults)\nnot judged: const.str: not offered by the subject\n"
                "not judged: copy_in: not offered by the subject\nnot judged: copy_in: not offered by the subject\n")
        self.assertEqual(engine.not_judged(text),
                         ["not judged: faults: none here (facet faults)",
                          "not judged: const.str, copy_in: not offered by the subject"])


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.build = self.folder.name
        os.mkdir(os.path.join(self.build, "bin"))
        with open(os.path.join(self.build, "bin", "a_fuzzer.options"), "w", encoding="utf-8") as options:
            options.write("[libfuzzer]\nmax_len = 1600\ndict = a_fuzzer.dict\n\n[asan]\nhandle_segv = 1\n"
                          "quarantine_size_mb = 16\n")

    def test_the_options_file_is_used(self):
        made = engine.command("libfuzzer", self.build, "a_fuzzer", engine.Limits(9, 5, 1), "/c", ["/corpus"])
        self.assertEqual(made, [f"{self.build}/bin/a_fuzzer", "-max_len=1600",
                                f"-dict={self.build}/bin/a_fuzzer.dict", "-max_total_time=9",
                                "-print_final_stats=1", "-artifact_prefix=/c/", "-runs=5", "-seed=1", "/corpus"])

    def test_the_callers_sanitizer_options_come_last(self):
        os.environ["ASAN_OPTIONS"] = "verbosity=1"
        self.addCleanup(os.environ.pop, "ASAN_OPTIONS")
        self.assertEqual(engine.environment(self.build, "a_fuzzer")["ASAN_OPTIONS"],
                         "handle_segv=1:quarantine_size_mb=16:verbosity=1")


if __name__ == "__main__":
    unittest.main()
