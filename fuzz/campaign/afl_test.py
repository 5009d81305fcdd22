#!/usr/bin/env python3
"""One target under AFL++, with a script in place of afl-fuzz. fuzz/afl_check.sh tests with the real afl-fuzz."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import engine

HERE = os.path.dirname(os.path.abspath(__file__))
LONG = 600  # seconds; a limit that only a test that hangs reaches (tests need about a tenth of a second)

# Runs files like the driver of AFL++, and crashes on those that contain `bug`.
TARGET = """#!/bin/bash
for file in "$@"; do
  echo "Reading $(stat -c %s "$file") bytes from $file"
  ! grep -q unusable "$file" || { echo 'This target cannot run so'; exit 2; }
  ! grep -q bug "$file" || { echo 'VIOLATION access.result op=1'; kill -ABRT $$; }
done
"""
# Records its arguments and environment in the file $RECORD, and behaves as $DO says.
AFL_FUZZ = """#!/bin/bash
echo "$0 $*" >"$RECORD"
env | grep -E '^A(FL_|SAN_OPTIONS)' >>"$RECORD"
while (($#)); do
  case $1 in -o) out=$2 ;; -i) ls "$2" | wc -l >>"$RECORD" ;; esac
  shift
done
[[ $DO != nothing ]] || { echo 'PROGRAM ABORT : no'; exit 1; }
mkdir -p "$out/default/queue" "$out/default/crashes"
echo seed >"$out/default/queue/id:000000,time:0,execs:0,orig:0"
echo news >"$out/default/queue/id:000001,src:000000,time:9,execs:4000,op:havoc,rep:2,+cov"
[[ $DO != crash ]] || { echo a bug >"$out/default/crashes/id:000000,sig:06,src:000000,op:havoc"
  echo >"$out/default/crashes/README.txt"; }
[[ $DO != ghost ]] || echo gone >"$out/default/crashes/id:000000,sig:06"
stats() {
  printf '%s : %s\\n' execs_done "$1" execs_per_sec 1500.50 edges_found 78 corpus_count 31 >"$out/default/fuzzer_stats"
}
trap 'stats 9000; exit 0' INT
[[ $DO != wait ]] || { touch "$RECORD.waits"; while :; do sleep 0.02; done; }
stats 12345
"""


class AflTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.build = folder.name
        self.record = f"{self.build}/record"
        for name in ("bin", "tools", "crashes", "corpus", "seeds"):
            os.mkdir(f"{self.build}/{name}")
        self.write("bin/a_fuzzer", TARGET)
        self.write("tools/afl-fuzz", AFL_FUZZ)
        self.write("bin/a_fuzzer.options", "[libfuzzer]\nmax_len = 1600\ndict = a_fuzzer.dict\nuse_counters = 0\n")
        self.write("seeds/one", "one")
        self.write("seeds/empty", "")

    def write(self, name, text):
        with open(f"{self.build}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(file.name, 0o755)

    def start(self, do, *options, folders=("corpus", "seeds")):
        return subprocess.Popen(
            [sys.executable, f"{HERE}/afl.py", *options, f"--crashes={self.build}/crashes", self.build, "a_fuzzer",
             *(f"{self.build}/{folder}" for folder in folders)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env={**os.environ, "PATH": f"{self.build}/tools:{os.environ['PATH']}", "DO": do, "RECORD": self.record,
                 "ASAN_OPTIONS": "handle_segv=1"})

    def fuzz(self, status, do, *options, **named):
        process = self.start(do, *options, **named)
        output, _ = process.communicate(timeout=LONG)
        self.assertEqual(process.returncode, status, output)
        return output

    def asked(self):
        with open(self.record, encoding="utf-8") as record:
            return record.read()

    def test_it_is_told_the_limits_and_the_options_file(self):
        self.fuzz(0, "end", "--seconds=9")
        for words in (" -V 9 ", " -G 1600 ", f" -x {self.build}/bin/a_fuzzer.dict ", "AFL_BENCH_UNTIL_CRASH=1",
                      "AFL_NO_UI=1", "\n1\n"):  # one input: the other one is empty
            self.assertIn(words, self.asked())
        self.assertNotIn("ASAN_OPTIONS", self.asked())
        self.fuzz(0, "end", "--seconds=9", "--runs=5", "--seed=3")
        self.assertIn(" -E 5 -s 3 ", self.asked())
        self.assertNotIn(" -V ", self.asked())

    def test_its_end_is_logged_as_by_libfuzzer(self):
        output = self.fuzz(0, "end", "--seconds=9")
        self.assertEqual(engine.last_status(output), (12345, 1500, 78, 31))
        self.assertFalse(engine.has_crashed(0, output))

    def test_kept_inputs_are_added_to_the_corpus(self):
        self.fuzz(0, "end", "--seconds=9")
        self.assertEqual(len(os.listdir(f"{self.build}/corpus")), 1)
        with open(f"{self.build}/corpus/{os.listdir(f'{self.build}/corpus')[0]}", encoding="utf-8") as kept:
            self.assertEqual(kept.read(), "news\n")

    def test_a_crash_is_shown_by_the_target_alone(self):
        output = self.fuzz(77, "crash", "--seconds=9")
        self.assertEqual(engine.finding(77, output), "access.result")
        file = engine.crash_file(output)
        self.assertRegex(file, "/crashes/crash-[0-9a-f]{40}$")
        with open(file, encoding="utf-8") as crash:
            self.assertEqual(crash.read(), "a bug\n")

    def test_a_crash_that_does_not_repeat_is_reported(self):
        output = self.fuzz(77, "ghost", "--seconds=9")
        self.assertEqual(engine.finding(77, output),
                         "crash: AFL++: a crash that the input alone does not reproduce")

    def test_a_seed_that_ends_the_target_is_a_finding(self):
        self.write("seeds/two", "a bug")
        output = self.fuzz(77, "end", "--seconds=9")
        self.assertEqual(engine.finding(77, output), "access.result")
        self.assertFalse(os.path.exists(self.record))

    def test_a_target_that_cannot_run_says_so(self):
        self.write("seeds/two", "unusable")
        self.assertEqual(engine.finding(2, self.fuzz(2, "end", "--seconds=9")), "unusable")

    def test_an_engine_that_does_not_start_says_why(self):
        self.assertIn("PROGRAM ABORT : no", self.fuzz(2, "nothing", "--seconds=9"))

    def test_without_inputs_it_starts_from_one(self):
        self.fuzz(0, "end", "--seconds=9", folders=())
        self.assertIn("\n1\n", self.asked())

    def test_an_interrupt_ends_both_and_keeps_what_was_found(self):
        process = self.start("wait", "--seconds=9")
        end = time.monotonic() + LONG
        while not os.path.exists(self.record + ".waits"):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=LONG)
        self.assertEqual(process.returncode, 0, output)
        self.assertEqual(engine.last_status(output).executions, 9000)
        self.assertEqual(len(os.listdir(f"{self.build}/corpus")), 1)


if __name__ == "__main__":
    unittest.main()
