#!/usr/bin/env python3
"""Mutants in a fake tree: its sources are lines of shell, its compiler and its linker copy these lines, and its
programs run them. The patches, and the code that makes programs of them (mutant.py), are real."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock

import last_said

HERE = os.path.dirname(os.path.abspath(__file__))
LONG = 600  # seconds; a limit that only a test that hangs reaches (tests need about a tenth of a second)

# Runs ./run mutants. The first argument is the root of the fake tree, the second one the time limit of a replay.
PROGRAM = f"""
import sys
sys.path[:0] = [{HERE!r}]
import mutant_trial, mutants
mutants.mutant.ROOT, mutant_trial.REPLAY_SECONDS = sys.argv[1], float(sys.argv[2])
try:
    sys.exit(mutants.main(sys.argv[3:]))
except mutants.mutant.Unusable as error:
    print(error)
    sys.exit(2)
"""
TOOLS = {
    # The object of a subject consists of its included headers: its own and the common one. Another object is a copy of
    # its source.
    "compiler": """
        for word in "$@"; do [[ $word != -DAXPTR_SUBJECT_ENTRY=axptr_* ]] || subject=${word#*=axptr_}; done
        while (($#)); do
          case $1 in -iquote) changed=$2 ;; -o) object=$2 ;; -c) source=$2 ;; esac
          shift
        done
        if [[ ${subject:-} ]]; then
          for header in both "${subject%_subject}"; do
            header=axptr/$header.h
            if [[ -e $changed/$header ]]; then cat "$changed/$header"; else cat "$ROOT/$header"; fi
          done >"$object"
        else
          cat "$source" >"$object"
        fi
        ! grep -q 'does not compile' "$object\"""",
    # Concatenates the objects of the command. Archives are ignored, because those of the fake build are empty.
    "linker": """
        while (($#)); do
          case $1 in -o) program=$2; shift ;; -* | *.a) ;; *) objects+=("$1") ;; esac
          shift
        done
        cat "$ROOT/prelude.sh" "${objects[@]}" "$ROOT/main.sh" >"$program"
        chmod +x "$program\"""",
    "ninja": """
        if [[ $2 == deps ]]; then
          printf 'CMakeFiles/kernel.dir/kernel.cc.o: #deps 1\\n    %s/sim/kernel.cc\\n' "$ROOT"
          exit
        fi
        libraries='lib/libsim_subject_words.a lib/libsim_subject_vectors.a lib/libkernel.a'
        echo ": && linker main.o -o ${!#} $libraries && :\"""",
    "cmake": "echo \"$@\" >>\"$ROOT/cmake.log\"; [[ ! -e $ROOT/broken ]] || { echo 'it is broken'; exit 1; }",
}
PRELUDE = """#!/bin/bash
bug() { :; }
fuzzed() { [[ $0 == *_fuzzer ]]; }
by() { [[ " $* " == *" -seed=$seed "* ]]; }
is() { [[ $AXPTR_SUBJECT == "$1" ]]; }
says() {
  printf '#%d\\tNEW    cov: 4 ft: 9 corp: 1/9b exec/s: 9 rss: 9Mb\\n' "$((100 * ${seed:-1}))"
  printf 'VIOLATION %s op=1\\n' "$@"
  exit 77
}
hangs() { echo $$ >"$ROOT/pid.new"; mv "$ROOT/pid.new" "$ROOT/pid"; while [[ -e $ROOT ]]; do sleep 0.02; done; }
for argument in "$@"; do [[ $argument != -seed=* ]] || seed=${argument#*=}; done
"""
MAIN = """
bug "$@"
printf '#1000\\tDONE   cov: 4 ft: 9 corp: 1/9b exec/s: 9 rss: 9Mb\\n'
"""
HEADER = {"breaks": "what it is for", "violation": "access.result flag.stuck", "budget": "60"}
SHOWS = "corpus/regressions/shows.scn"


class MutantsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = self.folder.name
        for name, script in TOOLS.items():
            self.write(f"tools/{name}", f"#!/bin/bash\n{script}\n")
            os.chmod(f"{self.root}/tools/{name}", 0o755)
        self.write("prelude.sh", PRELUDE)
        self.write("main.sh", MAIN)
        for file in ("axptr/both.h", "axptr/words.h", "axptr/vectors.h", "sim/kernel.cc"):
            self.write(file, "true\n")
        for file in (SHOWS, "corpus/scenario_fuzzer/other.scn", "corpus/traces/none.scn"):
            self.write(file, "")
        for build in ("mutants-base", "fuzz-fast"):
            self.build(f"build/{build}")

    def build(self, build):
        compiles = {f"CMakeFiles/sim_subject_{subject}.dir/axptr_subject.cc.o":
                    f"compiler -DAXPTR_SUBJECT_ENTRY=axptr_{subject}_subject -c {self.root}/subject.cc"
                    for subject in ("words", "vectors")}
        for name in compiles:
            self.write(f"{build}/{name}", "true\ntrue\n")
        compiles["CMakeFiles/kernel.dir/kernel.cc.o"] = f"compiler -c {self.root}/sim/kernel.cc"
        self.write(f"{build}/compile_commands.json", json.dumps(
            [{"command": f"{command} -o {name}"} for name, command in compiles.items()]))
        self.write(f"{build}/main.o", "true\n")
        for target in ("scenario_fuzzer", "string_fuzzer"):
            self.write(f"{build}/bin/{target}.options", "[libfuzzer]\nmax_len = 9\n")

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(os.path.join(self.root, name), encoding="utf-8") as file:
            return file.read()

    def patch(self, name, bug, file="axptr/both.h", was="true", **header):
        """Writes a mutant whose programs call the shell function `bug`. A value None in `header` removes that line."""
        lines = "".join(f"# {field}: {value}\n" for field, value in {**HEADER, **header}.items() if value is not None)
        self.write(f"fuzz/mutants/{name}.patch", f"{lines}diff --git a/{file} b/{file}\n--- a/{file}\n+++ b/{file}\n"
                   f"@@ -1 +1 @@\n-{was}\n+bug() {{ {bug}; }}\n")

    def start(self, *arguments, replay_seconds=LONG):
        environment = {**os.environ, "ROOT": self.root, "CCACHE_DISABLE": "1",
                       "PATH": f"{self.root}/tools:{os.environ['PATH']}"}
        return subprocess.Popen([sys.executable, "-c", PROGRAM, self.root, str(replay_seconds), *arguments],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                env=environment)

    def end(self, process, status):
        output, _ = process.communicate(timeout=LONG)
        self.assertEqual(process.returncode, status, output)
        return output

    def mutants(self, status, *arguments, **how):
        return self.end(self.start(*arguments, **how), status)

    def expect_rows(self, output, rows):
        """`rows`: for each mutant its expected row, with one space between columns."""
        found = {line.split()[0]: " ".join(line.split()[1:]) for line in output.split("\n") if " " in line}
        for name, row in rows.items():
            with self.subTest(mutant=name):
                self.assertRegex(found.get(name, "no row"), f"^{row}$")

    def test_the_corpus_and_its_scenario_show_each_bug(self):
        not_by_scenario = "(($# == 1)) || says access.result"
        rows = {}
        for name, bug, header, row in (
                ("found", "says access.result", {},
                 r"words access.result \d+.\d\d - 0/0 - - as expected: access.result"),
                ("found_by_another", "says flag.stuck user.memory", {},
                 r"words access.result \d+.\d\d - 0/0 - - as expected: flag.stuck user.memory"),
                ("wrong", "says check.range", {}, r"words .* CORPUS: check.range: check.range"),
                ("survivor", ":", {}, "words access.result - - 0/0 - - SURVIVED THE CORPUS:"),
                ("by_scenario", "[[ $* == */shows.scn ]] && says access.result", {"scenario": SHOWS},
                 r"words .* as expected: access.result"),
                ("not_by_scenario", not_by_scenario, {"scenario": SHOWS},
                 r"words .* NOT BY shows.scn: nothing: access.result"),
                ("otherwise_by_scenario", "(($# > 1)) && says access.result; says check.range", {"scenario": SHOWS},
                 r"words .* NOT BY shows.scn: check.range: access.result"),
                ("crash", "kill -SEGV $$", {}, "words .* CORPUS: crash: crash"),
                ("crash_is_due", "kill -SEGV $$", {"violation": "access.result crash"}, "words .* as expected: crash"),
                ("sanitizer_is_a_crash", "echo SUMMARY: AddressSanitizer: stack-overflow; exit 77",
                 {"violation": "access.result crash"},
                 "words .* as expected: crash: AddressSanitizer: stack-overflow"),
                ("unreadable_is_no_crash", "exit 2", {"violation": "crash"}, "words .* CORPUS: unusable: unusable"),
                ("in_kernel", "says access.result", {"file": "sim/kernel.cc"}, "- .* as expected: access.result"),
                ("in_vectors", "is vectors && says access.result", {"file": "axptr/vectors.h", "subject": "vectors"},
                 "vectors .* as expected: access.result"),
                ("in_both", "says access.result", {"subject": "words"},
                 "words .* IS IN OTHER SUBJECTS TOO: access.result"),
                ("no_code", "does not compile", {}, r"access.result - - 0/0 - - DOES NOT BUILD:"),
                ("no_place", "says access.result", {"was": "false"}, r"access.result - - 0/0 - - DOES NOT BUILD:"),
                ("no_budget", "says access.result", {"budget": None},
                 r"access.result - - 0/0 - - no line '# budget: ...':")):
            self.patch(name, bug, **header)
            rows[name] = row
        output = self.mutants(1, "--corpus-only")
        self.assertNotIn("Traceback", output)
        self.expect_rows(output, rows)
        self.assertRegex(output, r"\n17 mutants, 10 not found as expected, \d+ s")
        self.assertRegex(self.read("build/mutants/no_place/build.log"), "patch does not apply")
        self.assertRegex(self.read("build/mutants/no_code/build.log"), "failed: compiler ")
        self.assertRegex(self.read("cmake.log"), "--preset mutants .*\n.*--target replay_corpus\n")

    def test_a_mutant_that_is_found_has_status_0_and_writes_its_row(self):
        self.patch("found", "says access.result")
        self.patch("survivor", ":")
        self.write("build/mutants/found/of_before", "")
        self.write("build/mutants/other/row", "other as expected: \n")
        output = self.mutants(0, "--corpus-only", "found", "found")
        self.assertIn("\n1 mutants, 0 not found as expected", output)
        self.assertIn("VIOLATION access.result", self.read("build/mutants/found/corpus.log"))
        self.assertEqual(sorted(os.listdir(f"{self.root}/build/mutants/found")),
                         ["CMakeFiles_sim_subject_words.dir_axptr_subject.cc.o", "bin", "corpus.log", "row", "source"])
        self.assertEqual(last_said.mutants(f"{self.root}/build")["as_expected"], 2)

    def test_a_replay_that_hangs_is_a_timeout(self):
        self.patch("hangs", "hangs")
        self.patch("hang_is_due", "hangs", violation="timeout", scenario=SHOWS)
        output = self.mutants(1, "--corpus-only", replay_seconds=0)
        self.expect_rows(output, {"hangs": "words .* CORPUS: timeout: timeout",
                                  "hang_is_due": "words .* as expected: timeout"})

    def test_each_seed_fuzzes_from_nothing(self):
        rows = {}
        corpus = "fuzzed || says access.result"
        for name, bug, header, row in (
                ("found", "says access.result", {},
                 r"words access.result \d+.\d\d scenario_fuzzer 3/3 200 \d+.\d\d as expected: access.result"),
                ("by_one", f"{corpus}; ((seed == 3)) && says flag.stuck", {},
                 r".* scenario_fuzzer 1/3 300 \d+.\d\d as expected: access.result flag.stuck"),
                ("by_two", f"{corpus}; ((seed != 2)) && says access.result", {},
                 r".* 2/3 100 \d+.\d\d as expected: .*"),
                ("by_target", "says access.result", {"target": "string_fuzzer"},
                 ".* string_fuzzer 3/3 .* as expected: .*"),
                ("survivor", corpus, {}, ".* scenario_fuzzer 0/3 - - SURVIVED FUZZING: access.result"),
                ("unshown", "fuzzed && says access.result", {},
                 "words access.result - scenario_fuzzer 3/3 .* SURVIVED THE CORPUS: access.result"),
                ("wrong", f"{corpus}; ((seed == 2)) && says check.range; says access.result", {},
                 ".* 2/3 100 .* SEED 2: check.range: access.result check.range"),
                ("runs_nothing", f"{corpus}; exit 0", {},
                 ".* 0/3 - - SEED 1: nothing was executed; .*; SURVIVED FUZZING: access.result nothing was executed"),
                ("in_both", "says access.result", {"subject": "words"}, ".* as expected: access.result")):
            self.patch(name, bug, **header)
            rows[name] = row
        output = self.mutants(1, "--seeds", "3")
        self.expect_rows(output, rows)
        self.assertRegex(self.read("build/mutants/by_two/runs"), r"^100 \d+\.\d\d\n300 \d+\.\d\d\n$")
        self.assertIn("#1000\tDONE", self.read("build/mutants/survivor/3.log"))
        self.assertRegex(self.read("cmake.log"), "--preset fuzz-fast .*\n.*--target replay_corpus fuzz_targets\n")

    def test_the_target_runs_for_the_budget_with_its_options(self):
        self.patch("found", 'fuzzed && echo "$@" >"$ROOT/arguments"; says access.result', budget="7")
        self.mutants(0, "--seeds", "1")
        self.assertRegex(self.read("arguments"), f"^-max_len=9 -max_total_time=7 .*-artifact_prefix={self.root}/build/"
                         "mutants/found/1/ -seed=1\n$")

    def test_check_says_which_patches_do_not_apply_and_what_headers_lack(self):
        self.patch("good", ":", subject="words", **{"class": "46, whose (2025-01)"})
        self.assertEqual(self.mutants(0, "--check"), "1 mutants, 0 that do not apply\n")
        mistakes = {}
        for name, header, text in (
                ("breaks", {"breaks": None}, "no line '# breaks: ...'"),
                ("violation", {"violation": ""}, "no line '# violation: ...'"),
                ("budget", {"budget": None}, "no line '# budget: ...'"),
                ("time", {"budget": "soon"}, "budget: soon: expected a number of seconds"),
                ("class", {"class": "48, whose (2025-01)"}, "class: 48, whose (2025-01): expected the number of a row"),
                ("of_nobody", {"class": "4"}, "class: 4: expected the number of a row"),
                ("subject", {"subject": "word"}, "subject: word: expected vectors or words"),
                ("applies", {"was": "false"}, "error: patch failed: axptr/both.h:1")):
            self.patch(name, ":", **header)
            mistakes[name] = f"{name}: {text}"
        output = self.mutants(1, "--check")
        for text in mistakes.values():
            self.assertIn(f"\n{text}", f"\n{output}")
        self.assertIn("\n9 mutants, 8 that do not apply\n", output)
        self.assertNotIn("good: ", output)
        self.assertFalse(os.path.exists(f"{self.root}/cmake.log"))

    def test_a_mutant_that_needs_protection_keys_is_not_tried_without_them(self):
        self.patch("closed", "says access.closed", violation="access.closed", needs="protection keys")
        with unittest.mock.patch.dict(os.environ, {"AXPTR_PROTECTION_KEYS": "off"}):
            output = self.mutants(0, "--corpus-only")
        self.assertRegex(output, r"(?m)^closed .* not tried: this machine has no protection keys$")
        self.assertIn("1 mutants, 0 not found as expected, 1 not tried, ", output)
        self.patch("closed", "says access.closed", violation="access.closed", needs="a keyboard")
        self.assertIn("needs: a keyboard: expected protection keys", self.mutants(1, "--check"))

    def test_wrong_arguments_are_reported_with_status_2(self):
        self.patch("good", ":")
        for arguments, text in ((["good", "goof"], "no such mutant: goof (see fuzz/mutants/)"),
                                (["--chek"], "unrecognized arguments: --chek"),
                                (["--seeds", "0"], "0: expected a whole number from 1 to 99"),
                                (["--jobs", "100"], "100: expected a whole number from 1 to 99"),
                                (["--jobs"], "expected one argument"),
                                (["--check", "--corpus-only"], "not allowed with argument --check")):
            with self.subTest(arguments=arguments):
                self.assertIn(text, self.mutants(2, *arguments))
                self.assertFalse(os.path.exists(f"{self.root}/cmake.log"), "it has begun")

    def test_one_run_at_a_time(self):
        self.patch("found", "says access.result")
        self.write("build/mutants/found/row", "of the other run")
        with open(f"{self.root}/build/mutants/lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn("another ./run mutants is under way", self.mutants(2, "--corpus-only"))
        self.assertEqual(self.read("build/mutants/found/row"), "of the other run")

    def test_a_failing_build_is_reported(self):
        self.patch("found", "says access.result")
        self.write("broken", "")
        self.assertEqual(self.mutants(1, "--corpus-only"), "it is broken\n")

    def test_jobs_is_how_many_are_tried_at_a_time(self):
        # Each program ends only while the other mutant is tried, so the trials must run in parallel.
        meets = 'touch "$ROOT/%s"; until [[ -e $ROOT/%s ]]; do sleep 0.01; done; says access.result'
        self.patch("a", meets % ("a", "b"))
        self.patch("b", meets % ("b", "a"))
        self.mutants(0, "--corpus-only", "--jobs", "2")

    def test_an_interrupt_ends_it_with_the_table_so_far(self):
        self.patch("a_found", "says access.result")
        self.patch("b_hangs", "fuzzed && hangs; says access.result")
        self.patch("c_found", "says access.result")
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number=number):
                process = self.start("--jobs", "1", "--seeds", "1")
                self.addCleanup(process.kill)
                end = time.monotonic() + LONG
                while not os.path.exists(f"{self.root}/pid"):
                    self.assertIsNone(process.poll(), "it has ended")
                    self.assertLess(time.monotonic(), end, "it does not run")
                    time.sleep(0.01)
                process.send_signal(number)
                output = self.end(process, 130)
                self.assertRegex(output, r"(?m)^a_found .* as expected: access.result$")
                self.assertNotRegex(output, r"(?m)^(b_hangs|c_found) ")
                self.assertIn("interrupted: 1 of 3 mutants were tried\n\n1 mutants, 0 not found as", output)
                self.assertFalse(os.path.exists(f"{self.root}/build/mutants/b_hangs/row"))
                with self.assertRaises(ProcessLookupError):
                    os.kill(int(self.read("pid")), 0)
                os.remove(f"{self.root}/pid")


if __name__ == "__main__":
    unittest.main()
